/** Ways in which a platform fails, and the queue of those still to come. */
import type { ServerResponse } from 'node:http'
import { type Answer, type Platform, write } from './exchange.ts'

export type Fault =
  /** 429 in the platform's own words, with `Retry-After`. */
  | { readonly kind: 'throttle'; readonly retryAfterS: number }
  /** That status in the platform's own words. */
  | { readonly kind: 'status'; readonly status: number }
  /** A web page where JSON was due, such as a proxy's error or a CDN's challenge. */
  | { readonly kind: 'html'; readonly status: number }
  /** These words in a JSON answer of that status, whatever they are. */
  | {
      readonly kind: 'words'
      readonly status: number
      readonly body: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** An answer announced, half of it sent, then the connection reset. */
  | { readonly kind: 'half-body' }
  /** An answer that begins at once and goes on with a byte every `ms`, without an end. */
  | { readonly kind: 'slow-loris'; readonly ms: number }
  /** Nothing for `ms`, then the connection ends. */
  | { readonly kind: 'silence'; readonly ms: number }

export interface FaultOptions {
  /** How many requests it breaks. Default 1. */
  readonly times?: number
  /** Only requests whose path starts like this. Default all. */
  readonly path?: string
  /** Does the work, then breaks the answer: the sender cannot know whether it arrived. Default false. */
  readonly afterRecording?: boolean
}

interface PlannedFault {
  readonly fault: Fault
  readonly times: number
  readonly path: string
  readonly afterRecording: boolean
}

export interface Faults {
  add(fault: Fault, options?: FaultOptions): void
  /** Takes the first planned fault that concerns this path. */
  next(path: string): PlannedFault | undefined
  /** Answers in the broken way. `answer` is the true one, when the work was done. Returns the status sent, 0 for none. */
  show(fault: Fault, answer: Answer | undefined, outgoing: ServerResponse): number
  /** Ends every silence, and what never ends. */
  stop(): void
}

const PAGE =
  '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>'
const HALF = '{"data":{"type":"prof'

export function createFaults(platform: Pick<Platform, 'refusal'>): Faults {
  let planned: readonly PlannedFault[] = []
  const silences = new Set<NodeJS.Timeout>()
  let stopped = false

  function hush(ms: number, outgoing: ServerResponse): void {
    const silence = setTimeout(
      () => {
        silences.delete(silence)
        outgoing.destroy()
      },
      stopped ? 0 : ms,
    )
    silences.add(silence)
  }

  function drip(ms: number, outgoing: ServerResponse): void {
    outgoing.writeHead(200, { 'Content-Type': 'application/json' }).write('{')
    const dripping = setInterval(() => outgoing.write(' '), ms)
    silences.add(dripping)
    outgoing.once('close', () => {
      clearInterval(dripping)
      silences.delete(dripping)
    })
  }

  return {
    add(fault, { times = 1, path = '/', afterRecording = false } = {}) {
      planned = [...planned, { fault, times, path, afterRecording }]
    },
    next(path) {
      const due = planned.find(one => path.startsWith(one.path))
      planned = planned.map(one => (one === due ? { ...one, times: one.times - 1 } : one)).filter(one => one.times > 0)
      return due
    },
    show(fault, answer, outgoing) {
      switch (fault.kind) {
        case 'throttle':
          return say(outgoing, platform.refusal(429, fault.retryAfterS))
        case 'status':
          return say(outgoing, platform.refusal(fault.status))
        case 'html':
          return say(outgoing, { status: fault.status, headers: { 'Content-Type': 'text/html' }, body: PAGE })
        case 'words': {
          const { status, body, headers } = fault
          return say(outgoing, { status, headers: { 'Content-Type': 'application/json', ...headers }, body })
        }
        case 'slow-loris':
          drip(fault.ms, outgoing)
          return 0
        case 'half-body':
          return breakOff(outgoing, answer)
        case 'silence':
          hush(fault.ms, outgoing)
          return 0
        default:
          return fault satisfies never
      }
    },
    stop() {
      stopped = true
      for (const silence of silences) clearTimeout(silence)
    },
  }
}

function say(outgoing: ServerResponse, answer: Answer): number {
  write(outgoing, answer)
  return answer.status
}

function breakOff(outgoing: ServerResponse, answer: Answer | undefined): number {
  const body = answer === undefined || answer.body === '' ? HALF : answer.body.slice(0, answer.body.length / 2)
  const headers = { 'Content-Type': 'application/vnd.api+json', 'Content-Length': Buffer.byteLength(body) + 100 }
  outgoing.writeHead(answer?.status ?? 200, headers)
  // Reset only once the half has left, so that the receiver has seen a status and some of the body.
  outgoing.write(body, () => outgoing.destroy())
  return 0
}
