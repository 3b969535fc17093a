/** Writes contacts in batches, and finds out what became of each. */
import type { Delivery, Outcome, Write } from '../connector.ts'
import { jsonOf, outcomeOf, type Reading, type Reply, toReason } from '../request.ts'
import { failuresIn, policyWait, wordsOf, writtenIn } from './answer.ts'
import { toUpsert } from './map.ts'
import type { Account } from './sdk.ts'

/** @returns one outcome per delivery, in the same order. Each must have an address of its own. */
export async function upsertContacts(account: Account, deliveries: readonly Write[]): Promise<readonly Outcome[]> {
  if (deliveries.length === 0) return []
  const reply = await account.upsertContacts(deliveries.map(toUpsert))
  const together = readReply(account, reply, deliveries)
  switch (together.kind) {
    case 'delivered':
      return readBatch(account, reply, deliveries)
    case 'rejected':
      // One bad input refuses all, and nothing of the batch is written. It is found by halving.
      return deliveries.length === 1 ? [together] : inHalves(account, deliveries)
    case 'retry':
    case 'unauthorized':
      return deliveries.map(() => together)
    default:
      return together satisfies never
  }
}

/** What an answer means for all it was asked for; a throttled one says how long by naming its limit. */
export function readReply(account: Account, reply: Reply, deliveries: readonly Delivery[]): Outcome {
  const outcome = outcomeOf(reply, readingOf(account, deliveries))
  if (outcome.kind !== 'retry' || outcome.afterMs !== undefined) return outcome
  const wait = reply.kind === 'answered' && reply.body.kind === 'json' ? policyWait(reply.body.value) : undefined
  return wait === undefined ? outcome : { ...outcome, afterMs: wait }
}

async function inHalves(account: Account, deliveries: readonly Write[]): Promise<readonly Outcome[]> {
  const middle = Math.ceil(deliveries.length / 2)
  const [first, second] = [deliveries.slice(0, middle), deliveries.slice(middle)]
  const outcomes = await upsertContacts(account, first)
  const last = outcomes.at(-1)
  // HubSpot is busy or broken by now: asking on would only make it worse.
  if (last?.kind === 'retry' || last?.kind === 'unauthorized') return [...outcomes, ...second.map(() => last)]
  return [...outcomes, ...(await upsertContacts(account, second))]
}

/** An accepted batch may still hold failures. Whoever is neither named nor certainly written is asked about again. */
async function readBatch(account: Account, reply: Reply, deliveries: readonly Write[]): Promise<readonly Outcome[]> {
  const body = jsonOf(reply)
  const { secrets } = readingOf(account, deliveries)
  const failures = failuresIn(body)
  const toOutcome = ({ isFinal, words }: (typeof failures)[number]): Outcome => ({
    kind: isFinal ? 'rejected' : 'retry',
    reason: toReason(words, secrets),
  })
  const named = new Map(failures.flatMap(failure => failure.traces.map(trace => [trace, toOutcome(failure)] as const)))
  const others = deliveries.filter(({ id }) => !named.has(id))
  const unnamed = failures.filter(({ traces }) => traces.length === 0)
  const settle = (outcomes: readonly Outcome[]) =>
    deliveries.map(delivery => named.get(delivery.id) ?? outcomes[others.indexOf(delivery)] ?? UNSAID)
  if (unnamed.length === 0 && writtenIn(body) >= others.length) return settle(others.map(() => ({ kind: 'delivered' })))
  const [failure] = unnamed
  if (deliveries.length === 1) return settle([failure === undefined ? UNSAID : toOutcome(failure)])
  return settle(await (others.length < deliveries.length ? upsertContacts : inHalves)(account, others))
}

const UNSAID: Outcome = { kind: 'retry', reason: 'HubSpot did not say what became of this contact' }

function readingOf({ accessToken }: Account, deliveries: readonly Delivery[]): Reading {
  return {
    words: wordsOf,
    secrets: [accessToken, ...deliveries.flatMap(({ identifiers }) => Object.values(identifiers))],
  }
}
