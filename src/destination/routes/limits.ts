/**
 * How much one sender may ask, and how much is held in memory for all of them at once. Bounded itself: whoever sends from
 * ever new addresses makes it forget the oldest, not grow.
 */
import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { LimitSettings } from '../config.ts'
import { isProxied } from './authenticate.ts'

export interface Limits {
  /** Takes one request of a sender. @returns whether it is one too many. */
  isTooFast(request: IncomingMessage, now: number): boolean
  /** Takes one request with a write key that is known. @returns whether it is one too many. */
  isKeyTooFast(key: string, now: number): boolean
  /** An operator's token was wrong. Of senders none is noted: Segment's all come from a few addresses, and share them. */
  noteFailure(request: IncomingMessage, now: number): void
  /** @returns whether this sender has been wrong so often that it is not even looked at. */
  isGuessing(request: IncomingMessage, now: number): boolean
  /** Makes room for a body. @returns false when all the room is taken. */
  reserve(bytes: number): boolean
  release(bytes: number): void
}

/** So many seconds' worth may come at once: a page that was offline sends what it has kept. */
const BURST_S = 5
/** Whoever has mistyped it sees so by the first answers; nobody guesses a token with this many. */
const FAILURES = { burst: 60, perSecond: 0.5 }
const MOST_ADDRESSES = 50_000
/** Bodies that are being read or decided upon: 50 of the largest. */
const MOST_BODY_BYTES = 256 * 1024 * 1024

export function createLimits({ perAddress, perKey, trustedProxies }: LimitSettings): Limits {
  const requests = createBuckets({ burst: perAddress * BURST_S, perSecond: perAddress })
  const keyed = createBuckets({ burst: perKey * BURST_S, perSecond: perKey })
  const failures = createBuckets(FAILURES)
  let held = 0
  const senderOf = (request: IncomingMessage) => addressOf(request, trustedProxies)
  return {
    isTooFast: (request, now) => {
      const sender = senderOf(request)
      return perAddress > 0 && sender !== undefined && !requests.take(sender, now)
    },
    isKeyTooFast: (key, now) => perKey > 0 && !keyed.take(key, now),
    noteFailure: (request, now) => {
      const sender = senderOf(request)
      if (sender !== undefined) failures.take(sender, now)
    },
    isGuessing: (request, now) => {
      const sender = senderOf(request)
      return sender !== undefined && failures.isEmpty(sender, now)
    },
    reserve: bytes => {
      if (held + bytes > MOST_BODY_BYTES) return false
      held += bytes
      return true
    },
    release: bytes => {
      held -= bytes
    },
  }
}

/** @returns undefined when a proxy we know nothing of stands between: its address is that of everybody behind it. */
export function addressOf(request: IncomingMessage, trustedProxies: number): string | undefined {
  const own = request.socket.remoteAddress
  if (trustedProxies === 0) return own === undefined || isProxied(request) ? undefined : network(own)
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map(each => each.trim())
  const sender = forwarded.at(-trustedProxies)
  return sender === undefined || sender === '' ? undefined : network(sender.slice(0, 45))
}

/** Whoever has an IPv6 address has 2^64 of them. */
function network(address: string): string {
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length)
  return isIPv6(address) ? expanded(address).slice(0, 4).join(':') : address
}

function expanded(address: string): readonly string[] {
  const [before = '', after] = address.split('::')
  const head = before.split(':').filter(part => part !== '')
  if (after === undefined) return head
  const tail = after.split(':').filter(part => part !== '')
  return [...head, ...new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
}

/** Token buckets by name. A full one need not be remembered. */
function createBuckets({ burst, perSecond }: { readonly burst: number; readonly perSecond: number }) {
  const buckets = new Map<string, { left: number; at: number }>()
  const filled = (name: string, now: number) => {
    const bucket = buckets.get(name)
    if (bucket === undefined) return burst
    return Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) / 1000) * perSecond)
  }
  return {
    isEmpty: (name: string, now: number) => filled(name, now) < 1,
    /** @returns whether there was one left. */
    take: (name: string, now: number): boolean => {
      const left = filled(name, now)
      if (left < 1) return false
      // The latest stands last: what is let go has waited longest.
      buckets.delete(name)
      buckets.set(name, { left: left - 1, at: now })
      const [oldest] = buckets.size > MOST_ADDRESSES ? buckets.keys() : []
      if (oldest !== undefined) buckets.delete(oldest)
      return true
    },
  }
}
