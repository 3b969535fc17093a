/**
 * Mutated requests through everything that reads them: parsed, decided on, made into rows, and those rows read back. Nothing may
 * throw, every refusal has a reason, and no profile grows beyond its bound.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Connector } from '../../src/connectors/connector.ts'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { ingestEntries, ingestTimers } from '../../src/destination/ingest.ts'
import { CALLS, type Call } from '../../src/destination/intake/log.ts'
import { createHide, hideAnonymousIds } from '../../src/destination/parse/hide.ts'
import { readJson } from '../../src/destination/parse/json.ts'
import { arrivedIn, parseRequest, withoutMessagesOf } from '../../src/destination/parse.ts'
import { openSqliteStore } from '../../src/destination/store/sqlite.ts'
import { createRandom, type Random } from '../support/random.ts'
import { mutate, SOUND } from './mutate.ts'

export interface Fuzzed {
  readonly requests: number
  readonly messages: number
  readonly rejected: number
  readonly unreadable: number
  readonly largestProfile: number
}

/** design.md: whatever is sent about somebody, their profile stays below. */
const MOST_PROFILE_BYTES = 16_384
const START = Date.parse('2026-03-01T10:00:00Z')
/** A store is filled so far, looked through, and begun anew: what grows without bound is found, what is stored is not the point. */
const REQUESTS_PER_STORE = 2_000
const hide = createHide('a key of sixteen characters')
const MAILER: Pick<Connector, 'name' | 'needs'> = {
  name: 'mailer',
  needs: { event: ['email', 'userId', 'anonymousId'], traits: ['email', 'userId', 'anonymousId'] },
}

/** @throws {Error} with the seed of what went wrong. */
export async function fuzz(options: {
  readonly seed: number
  readonly requests: number
  readonly fixtures?: string
  readonly onProgress?: (done: number) => void
}): Promise<Fuzzed> {
  const sound = [...SOUND, ...(options.fixtures === undefined ? [] : fixturesIn(options.fixtures))]
  const sum = { requests: 0, messages: 0, rejected: 0, unreadable: 0, largestProfile: 0 }
  while (sum.requests < options.requests) {
    const seed = options.seed + sum.requests
    try {
      await fuzzOneStore(sound, { seed, requests: Math.min(REQUESTS_PER_STORE, options.requests - sum.requests), sum })
    } catch (cause) {
      throw new Error(`FUZZ_SEED=${seed} runs it again: ${cause instanceof Error ? cause.message : cause}`, { cause })
    }
    options.onProgress?.(sum.requests)
  }
  return sum
}

async function fuzzOneStore(
  sound: readonly Sound[],
  {
    seed,
    requests,
    sum,
  }: { readonly seed: number; readonly requests: number; readonly sum: { -readonly [K in keyof Fuzzed]: number } },
): Promise<void> {
  const random = createRandom(seed)
  const store = openSqliteStore(':memory:')
  const deps = { store, policy: defaultPolicy, connectors: [MAILER] }
  let now = START
  for (let position = 1; position <= requests; position += 1) {
    now += random.between(0, 60_000)
    const { call, body } = requestOf(sound, random)
    const parsed = parseRequest(call, body, now, position)
    const json = readJson(body)
    if (json.kind === 'json') JSON.stringify(hideAnonymousIds(json.value, hide))
    sum.requests += 1
    if (parsed.kind === 'unreadable') {
      sum.unreadable += 1
      explained(parsed.reason)
      continue
    }
    sum.messages += parsed.messages.length
    sum.rejected += parsed.rejected.length
    for (const { reason } of parsed.rejected) explained(reason)
    const entry = { position, call, receivedAt: now, body }
    await (await ingestEntries(deps, [arrivedIn(entry)], now)).committed
    withoutMessagesOf(entry, new Set(['ada', 'b1']))
    if (position % 50 === 0) await (await ingestTimers(deps, await store.dueTimers(now, 100), now)).committed
  }
  for (const { state } of await store.people(10_000)) {
    const size = Buffer.byteLength(JSON.stringify(state))
    sum.largestProfile = Math.max(sum.largestProfile, size)
    if (size > MOST_PROFILE_BYTES) throw new Error(`a profile has ${size} bytes`)
    if ('x' in state || 'x' in Object.prototype) throw new Error('a prototype was changed')
  }
  await store.close()
}

function explained(reason: string): void {
  if (!/^[\w[\]., -]+: .{5,}/s.test(reason) && !/JSON|nested|deep/.test(reason))
    throw new Error(`a refusal says only ${JSON.stringify(reason)}`)
}

type Sound = Parameters<typeof mutate>[0]

/** By itself or with others, as any kind of call. */
function requestOf(sound: readonly Sound[], random: Random): { readonly call: Call; readonly body: Uint8Array } {
  const call = random.pick(CALLS)
  const one = random.pick(sound)
  const many = Array.from({ length: random.between(1, 4) }, () => random.pick(sound))
  const bodies: Readonly<Partial<Record<Call, Sound>>> = {
    webhook: random.chance(0.5) ? many : one,
    batch: { batch: many, sentAt: '2026-03-01T10:00:00Z' },
    signed_batch: { batch: many },
  }
  return { call, body: mutate(bodies[call] ?? one, random) }
}

/** Bodies that were captured from the real libraries. */
function fixturesIn(folder: string): readonly Sound[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.json'))
    .flatMap(file => bodyIn(readFileSync(join(folder, file), 'utf8')))
}

function bodyIn(text: string): readonly Sound[] {
  try {
    const found = JSON.parse(text)
    const body = found?.body ?? found?.rawBody ?? found
    const read: Sound = typeof body === 'string' ? JSON.parse(body) : body
    return typeof read === 'object' && read !== null ? [read] : []
  } catch {
    // One that is no JSON by itself is another test's.
    return []
  }
}
