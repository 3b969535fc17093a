/** Records a backlog of events in bulk. Klaviyo takes such a request whole or not at all, and says what it minds. */
import type { EventDelivery, Outcome } from '../connector.ts'
import { outcomeOf, type Reply } from '../request.ts'
import { culpritsIn, toEventsJob, withUnsetInBulk, wordsOf } from './map.ts'
import { type Account, at, exchange } from './sdk.ts'
import { BULK, BULK_FRAME_BYTES, BULK_RESENDS, BULK_TIMEOUT_MS } from './settings.ts'

/** Records events one by one, each with an outcome of its own. */
type OneByOne = (events: readonly EventDelivery[]) => Promise<readonly Outcome[]>

/** @returns one outcome per event, in the same order. Each must be of another person, and have another id. */
export async function recordInBulk(
  account: Account,
  events: readonly EventDelivery[],
  oneByOne: OneByOne,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const request of requestsOf(events)) {
    const last = outcomes.findLast(({ kind }) => kind !== 'rejected')
    // Klaviyo is busy or broken, or refuses the key: asking on would only make it worse.
    const isOver = last?.kind === 'retry' || last?.kind === 'unauthorized'
    outcomes.push(...(isOver ? request.map(() => last) : await recordTogether(account, request, oneByOne)))
  }
  return outcomes
}

/** @returns the events cut into requests, each within what one may hold. */
export function requestsOf(events: readonly EventDelivery[]): readonly (readonly EventDelivery[])[] {
  const requests: EventDelivery[][] = []
  let bytes = 0
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event)) + BULK_FRAME_BYTES
    const current = requests.at(-1)
    if (current === undefined || current.length >= BULK.events || bytes + size > BULK.bytes) {
      requests.push([event])
      bytes = size
    } else {
      current.push(event)
      bytes += size
    }
  }
  return requests
}

async function recordTogether(
  account: Account,
  request: readonly EventDelivery[],
  oneByOne: OneByOne,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<EventDelivery, Outcome | undefined>()
  let waiting = request
  for (let resends = 0; waiting.length > 1 && resends <= BULK_RESENDS; resends += 1) {
    const reply = await ask(account, waiting)
    const outcome = readReply(account, reply, waiting)
    if (outcome.kind !== 'rejected') {
      for (const event of waiting) outcomes.set(event, outcome)
      return request.map(event => outcomes.get(event) ?? outcome)
    }
    const culprits = culpritsOf(reply, waiting)
    if (culprits.length === 0) break
    // Alone, an event is refused in words of its own; and one that was named by mistake, or that Klaviyo has already
    // from an attempt whose answer was lost, is taken.
    const alone = await oneByOne(culprits)
    for (const [place, event] of culprits.entries()) outcomes.set(event, alone[place])
    waiting = waiting.filter(event => !culprits.includes(event))
  }
  const rest = await oneByOne(waiting)
  for (const [place, event] of waiting.entries()) outcomes.set(event, rest[place])
  return request.map(event => outcomes.get(event) ?? NOTHING)
}

const NOTHING: Outcome = { kind: 'retry', reason: 'nothing became of it' }

function ask(account: Account, events: readonly EventDelivery[]): Promise<Reply> {
  const patient = { ...account, deps: { timeoutMs: BULK_TIMEOUT_MS, ...account.deps } }
  return exchange(patient, {
    call: session => at(account, new account.sdk.EventsApi(session)).bulkCreateEvents(toEventsJob(events)),
    answers: 'nothing',
    finish: body => withUnsetInBulk(body, events),
  })
}

function readReply({ apiKey }: Account, reply: Reply, events: readonly EventDelivery[]): Outcome {
  const identifiers = events.flatMap(event => Object.values(event.identifiers))
  return outcomeOf(reply, { words: wordsOf, secrets: [apiKey, ...identifiers] })
}

function culpritsOf(reply: Reply, request: readonly EventDelivery[]): readonly EventDelivery[] {
  const body = reply.kind === 'answered' && reply.body.kind === 'json' ? reply.body.value : undefined
  const named = culpritsIn(body)
  return request.filter((_, place) => named.has(place))
}
