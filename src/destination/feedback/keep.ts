/** Feedback -> the log, for the people who are known. */
import { type Feedback, type Heard, IGNORED, type Ignored } from '../../connectors/feedback.ts'
import type { Append } from '../intake/log.ts'
import type { Store, StoredProfile } from '../store/store.ts'
import { type Call, toCall } from './message.ts'

export interface KeepDeps {
  readonly store: Pick<Store, 'load' | 'peopleWith'>
  readonly log: Append
  /** Epoch ms. */
  readonly now: () => number
}

/** What became of what a platform told, in events. */
export interface Kept {
  /** Now in the log. */
  readonly kept: number
  /** Told before. */
  readonly repeated: number
  /** About somebody this service has never seen: a newsletter's readers are not its visitors. */
  readonly unknown: number
  readonly ignored: Readonly<Record<Ignored, number>>
}

const NOTHING_IGNORED: Kept['ignored'] = { other: 0, machine: 0, temporary: 0, incomplete: 0 }
export const NOTHING_KEPT: Kept = { kept: 0, repeated: 0, unknown: 0, ignored: NOTHING_IGNORED }

/** Calls of one entry: a tenth of what one request may hold. */
const CALLS_AN_ENTRY = 1_000

/** Makes it durable, so that it is taken in like everything else: in order, once, and again in every replay. */
export async function keepFeedback(deps: KeepDeps, platform: string, heard: readonly Heard[]): Promise<Kept> {
  const tally = { kept: 0, repeated: 0, unknown: 0 }
  const ignored = { ...NOTHING_IGNORED }
  const fresh = new Map<string, Call>()
  for (const one of heard) {
    if (one.kind === 'ignored') {
      ignored[one.why] += 1
      continue
    }
    const calls = await callsOf(deps.store, platform, one.feedback)
    const { seen } = await deps.store.load(
      [],
      calls.map(({ messageId }) => messageId),
    )
    const unseen = calls.filter(({ messageId }) => !seen.has(messageId) && !fresh.has(messageId))
    for (const call of unseen) fresh.set(call.messageId, call)
    if (unseen.length > 0) tally.kept += 1
    else if (calls.length > 0) tally.repeated += 1
    else tally.unknown += 1
  }
  const calls = [...fresh.values()]
  for (let at = 0; at < calls.length; at += CALLS_AN_ENTRY) {
    const body = Buffer.from(JSON.stringify(calls.slice(at, at + CALLS_AN_ENTRY)))
    // As the webhook's: their times need no correction by a sender's clock.
    await deps.log.append({ call: 'webhook', receivedAt: deps.now(), body }, [])
  }
  return { ...tally, ignored }
}

async function callsOf(store: KeepDeps['store'], platform: string, feedback: Feedback): Promise<readonly Call[]> {
  const { email, userId } = feedback.recipient
  const people = new Map<string, StoredProfile>()
  if (userId !== undefined)
    for (const person of (await store.load([`u:${userId}`], [])).profiles.values()) people.set(person.id, person)
  if (email !== undefined) for (const person of await store.peopleWith(email)) people.set(person.id, person)
  return [...people.values()].flatMap(person => toCall(feedback, platform, person) ?? [])
}

export function addKept(a: Kept, b: Kept): Kept {
  const ignored = { ...a.ignored }
  for (const why of IGNORED) ignored[why] += b.ignored[why]
  return { kept: a.kept + b.kept, repeated: a.repeated + b.repeated, unknown: a.unknown + b.unknown, ignored }
}
