/** Braze by `POST /users/track`. Its SDK hides status and rate-limit headers, so only its types are used here. */
import type { Connector, Delivery, Outcome } from '../connector.ts'
import { inLanes } from '../lanes.ts'
import { outcomeOf, type Reading, type Reply, type RequestDeps, send, toReason } from '../request.ts'
import { checkedKey, checkedUrl } from '../setting-error.ts'
import { concerns, isKnown, refusalsIn, type TrackCall, toTrackCall, wordsOf } from './map.ts'
import { type BrazeSettings, LIMITS, NEEDS, WAIT_HEADERS } from './settings.ts'

/** @throws {SettingError} when the key or the endpoint cannot be right. */
export function createBraze(settings: BrazeSettings, deps: RequestDeps = {}): Connector {
  const account: Account = {
    apiKey: checkedKey('BRAZE_API_KEY', settings.apiKey),
    baseUrl: checkedUrl('BRAZE_REST_ENDPOINT', settings.baseUrl),
    unansweredEvents: settings.unansweredEvents ?? 'retry',
    deps,
  }
  return { name: 'braze', limits: LIMITS, needs: NEEDS, deliver: batch => deliverKnown(account, batch) }
}

interface Account extends Required<BrazeSettings> {
  readonly deps: RequestDeps
}

const UNKNOWN: Outcome = {
  kind: 'rejected',
  reason: 'no identifier Braze accepts: it needs a user id, an e-mail or an E.164 phone',
}

async function deliverKnown(account: Account, batch: readonly Delivery[]): Promise<readonly Outcome[]> {
  const known = batch.filter(({ identifiers }) => isKnown(identifiers))
  const outcomes = known.length === 0 ? [] : await deliverTogether(account, known)
  const settled = new Map(known.map((delivery, at) => [delivery, outcomes[at]]))
  return batch.map(delivery => settled.get(delivery) ?? UNKNOWN)
}

async function deliverTogether(account: Account, batch: readonly Delivery[]): Promise<readonly Outcome[]> {
  const { apiKey, baseUrl, deps } = account
  const call = toTrackCall(batch)
  const reply = await send(
    {
      method: 'POST',
      url: `${baseUrl}/users/track`,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(call.body),
      answers: 'json',
      waitHeaders: WAIT_HEADERS,
    },
    deps,
  )
  if (batch.length > 1 && isRefusedWhole(reply)) {
    // Nothing of it was taken. One by one, only what is wrong is refused.
    return inLanes(batch, async delivery => (await deliverTogether(account, [delivery]))[0] ?? UNKNOWN)
  }
  return outcomesOf(account, batch, call, reply)
}

/** The body itself was refused, so that a smaller one may pass. Any other refusal would meet each delivery alike. */
function isRefusedWhole(reply: Reply): boolean {
  return reply.kind === 'answered' && (reply.status === 413 || (reply.status === 400 && reply.body.kind !== 'page'))
}

function outcomesOf(account: Account, batch: readonly Delivery[], call: TrackCall, reply: Reply): readonly Outcome[] {
  const identifiers = batch.flatMap(delivery => Object.values(delivery.identifiers))
  const reading: Reading = { words: wordsOf, secrets: [account.apiKey, ...identifiers] }
  const outcome = outcomeOf(reply, reading)
  if (outcome.kind === 'delivered') return batch.map(delivery => settledIn(reply, delivery, call, reading))
  if (account.unansweredEvents === 'retry' || !mayBeTaken(reply)) return batch.map(() => outcome)
  // Traits written twice are the same traits; only an event would count twice.
  return batch.map(({ kind }) => (kind === 'event' ? dropped(outcome) : outcome))
}

/** A call that was taken may still list objects that were not: each is refused for good, the others are delivered. */
function settledIn(reply: Reply, delivery: Delivery, call: TrackCall, { secrets }: Reading): Outcome {
  const body = reply.kind === 'answered' && reply.body.kind === 'json' ? reply.body.value : undefined
  const refusals = refusalsIn(body).filter(refusal => concerns(refusal, delivery, call))
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
