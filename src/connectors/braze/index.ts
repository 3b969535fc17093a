/** Braze by `POST /users/track`; people are joined by `POST /users/identify` and deleted by `POST /users/delete`. */
import type { Connector, Delivery, Outcome, Write } from '../connector.ts'
import { inLanes } from '../lanes.ts'
import { jsonOf, outcomeOf, type Reading, type Reply, type RequestDeps, toReason } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { checkedKey, checkedUrl } from '../setting-error.ts'
import { type Account, isRefusedWhole, post } from './call.ts'
import { deleteUsers } from './deletion.ts'
import { joinUsers } from './joining.ts'
import { concerns, isKnown, refusalsIn, type TrackCall, toTrackCall, wordsOf } from './map.ts'
import { createReads } from './read-back.ts'
import { type BrazeSettings, joinsOf, LIMITS, needsOf } from './settings.ts'

/** @throws {SettingError} when the key or the endpoint cannot be right. */
export function createBraze(settings: BrazeSettings, deps: RequestDeps = {}): Connector {
  const account: Account = {
    apiKey: checkedKey('BRAZE_API_KEY', settings.apiKey),
    baseUrl: checkedUrl('BRAZE_REST_ENDPOINT', settings.baseUrl),
    unansweredEvents: settings.unansweredEvents ?? 'retry',
    anonymousVisitors: settings.anonymousVisitors ?? 'wait',
    deps,
  }
  return {
    name: 'braze',
    limits: LIMITS,
    needs: needsOf(account.anonymousVisitors),
    joins: joinsOf(account.anonymousVisitors),
    ...(settings.readBack === true && { reads: createReads(account) }),
    deliver: batch => deliverKnown(account, batch),
  }
}

const UNKNOWN: Outcome = {
  kind: 'rejected',
  reason: 'no identifier Braze accepts: it needs a user id, an e-mail or an E.164 phone',
}

async function deliverKnown(account: Account, batch: readonly Delivery[]): Promise<readonly Outcome[]> {
  const known = batch.filter(({ identifiers }) => isKnown(identifiers, account.anonymousVisitors))
  const outcomes = await (known.every(isWrite) ? deliverTogether(account, known) : deliverMixed(account, known))
  const settled = new Map(known.map((delivery, at) => [delivery, outcomes[at]]))
  return batch.map(delivery => settled.get(delivery) ?? UNKNOWN)
}

function isWrite(delivery: Delivery): delivery is Write {
  return delivery.kind === 'traits' || delivery.kind === 'event'
}

/** Deletions and joinings are calls of their own, and keep their place among what is owed to the same person. */
function deliverMixed(account: Account, batch: readonly Delivery[]): Promise<readonly Outcome[]> {
  return inRounds(batch, {
    lanesOf: ({ profileId }) => [profileId],
    deliverRound: async round => {
      const writes = round.filter(isWrite)
      const joinings = round.filter(delivery => delivery.kind === 'joining')
      const deletions = round.filter(delivery => delivery.kind === 'deletion')
      const made = await Promise.all([
        deliverTogether(account, writes),
        joinUsers(account, joinings),
        deleteUsers(account, deletions),
      ])
      const outcomes = made.flat()
      const settled = new Map<Delivery, Outcome | undefined>(
        [...writes, ...joinings, ...deletions].map((delivery, at) => [delivery, outcomes[at]]),
      )
      return round.map(delivery => settled.get(delivery) ?? UNKNOWN)
    },
  })
}

async function deliverTogether(account: Account, batch: readonly Write[]): Promise<readonly Outcome[]> {
  if (batch.length === 0) return []
  const call = toTrackCall(batch)
  const reply = await post(account, '/users/track', call.body)
  if (batch.length > 1 && isRefusedWhole(reply)) {
    // Nothing of it was taken. One by one, only what is wrong is refused.
    return inLanes(batch, async delivery => (await deliverTogether(account, [delivery]))[0] ?? UNKNOWN)
  }
  return outcomesOf(account, batch, call, reply)
}

function outcomesOf(account: Account, batch: readonly Write[], call: TrackCall, reply: Reply): readonly Outcome[] {
  const identifiers = batch.flatMap(delivery => Object.values(delivery.identifiers))
  const reading: Reading = { words: wordsOf, secrets: [account.apiKey, ...identifiers] }
  const outcome = outcomeOf(reply, reading)
  if (outcome.kind === 'delivered') return batch.map(delivery => settledIn(reply, delivery, call, reading))
  if (account.unansweredEvents === 'retry' || !mayBeTaken(reply)) return batch.map(() => outcome)
  // Traits written twice are the same traits; only an event would count twice.
  return batch.map(({ kind }) => (kind === 'event' ? dropped(outcome) : outcome))
}

/** A call that was taken may still list objects that were not: each is refused for good, the others are delivered. */
function settledIn(reply: Reply, delivery: Write, call: TrackCall, { secrets }: Reading): Outcome {
  const refusals = refusalsIn(jsonOf(reply)).filter(refusal => concerns(refusal, delivery, call))
  if (refusals.length === 0) return { kind: 'delivered' }
  const refused = refusals.map(({ words, place }) => `${place === undefined ? '' : `${place.array}: `}${words}`)
  return { kind: 'rejected', reason: toReason(`taken but for ${refused.join('; ')}`, secrets) }
}

/** Whether Braze may have recorded what it did not plainly acknowledge. */
function mayBeTaken(reply: Reply): boolean {
  return reply.kind === 'unanswered' ? reply.mayHaveArrived : reply.status >= 200 && reply.status <= 299
}

function dropped(outcome: Outcome): Outcome {
  const why = 'reason' in outcome ? outcome.reason : ''
  return { kind: 'rejected', reason: `Braze may have it, so it is not sent again (BRAZE_UNANSWERED_EVENTS): ${why}` }
}
