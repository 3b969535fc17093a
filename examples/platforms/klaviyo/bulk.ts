/** The document of a bulk request of events, and what else refuses it as a whole: repeats, and people nobody knows. */
import { isMembers, type Members } from '../members.ts'
import type { Account, NewEvent } from './account.ts'
import { type Check, list, literal, members, nullable, type Problem, truth } from './check.ts'
import { at, changeOf, eventOf, identified, line, META, occurrence, type Parsed, VISITOR } from './documents.ts'

/** "Accepts up to 1,000 events per request." */
const MAX_BULK_EVENTS = 1000
const BULK = '/data/attributes/events-bulk-create/data'

function bulkDocument(now: number): Check {
  const event = members({ type: literal('event'), attributes: members(occurrence(now), ['properties', 'metric']) }, [
    'type',
    'attributes',
  ])
  const attributes = members(
    {
      backfill: nullable(truth),
      profile: members({ data: BULK_PROFILE }, ['data']),
      events: members({ data: list(event) }, ['data']),
    },
    ['profile', 'events'],
  )
  const entry = members({ type: literal('event-bulk-create'), attributes }, ['type', 'attributes'])
  const job = members({ 'events-bulk-create': members({ data: list(entry) }, ['data']) }, ['events-bulk-create'])
  return members(
    { data: members({ type: literal('event-bulk-create-job'), attributes: job }, ['type', 'attributes']) },
    ['data'],
  )
}

const BULK_PROFILE = members({ type: literal('profile'), id: line, attributes: members(VISITOR), meta: META }, [
  'type',
  'attributes',
])

/** One event of a bulk request, and where it stands there. */
export interface BulkEvent {
  readonly event: NewEvent
  readonly pointer: string
}

/** Reads the body of `POST /api/event-bulk-create-jobs`. Only the first entry that is wrong is told of. */
export function parseBulk(body: unknown, now: number): Parsed<readonly BulkEvent[]> {
  const [first, ...others] = bulkDocument(now)(body, '')
  if (first !== undefined) {
    const place = entryOf(first)
    return { kind: 'refused', problems: [first, ...others.filter(problem => entryOf(problem) === place)] }
  }
  const events: BulkEvent[] = []
  for (const [index, entry] of listAt(at(at(at(body, 'data'), 'attributes'), 'events-bulk-create'), 'data').entries()) {
    const pointer = `${BULK}/${index}/attributes`
    const attributes = at(entry, 'attributes')
    const person = at(at(attributes, 'profile'), 'data')
    const about = identified(changeOf(person, at(person, 'meta')), `${pointer}/profile/data/attributes`)
    if (about.kind === 'refused') return about
    for (const [place, one] of listAt(at(attributes, 'events'), 'data').entries()) {
      const event = eventOf(at(one, 'attributes'), about.document, now)
      const backfill = event.backfill || attributes.backfill === true
      events.push({ event: { ...event, backfill }, pointer: `${pointer}/events/data/${place}` })
    }
  }
  if (events.length > 0 && events.length <= MAX_BULK_EVENTS) return { kind: 'good', document: events }
  const detail = `has ${events.length} events, expected 1 to ${MAX_BULK_EVENTS}`
  return { kind: 'refused', problems: [{ pointer: BULK, detail }] }
}

function entryOf({ pointer }: Problem): string | undefined {
  return new RegExp(`^${BULK}/\\d+`).exec(pointer)?.[0]
}

/** @returns the first event that spoils the request. */
export function mistakeIn(events: readonly BulkEvent[], account: Account, now: number): Problem | undefined {
  const seen = new Map<string, NewEvent[]>()
  for (const { event, pointer } of events) {
    const { metric, uniqueId = String(event.time / 1000) } = event
    const alike = seen.get(JSON.stringify([metric, uniqueId])) ?? []
    const foreseen = account.foresee(event, now)
    if (foreseen === 'unknown-id') return { pointer, detail: 'A profile with this id does not exist.' }
    // "If a unique_id is repeated for the same profile and metric, the request will fail": whether that means repeats of
    // earlier requests too is left open, and the less convenient reading is taken.
    if (foreseen === 'repeated' || alike.some(other => isSamePerson(other, event))) {
      return { pointer: `${pointer}/attributes/unique_id`, detail: `unique_id '${uniqueId}' is repeated.` }
    }
    seen.set(JSON.stringify([metric, uniqueId]), [...alike, event])
  }
  return undefined
}

const IDENTIFIERS = ['id', 'email', 'phoneNumber', 'externalId', 'anonymousId'] as const

function isSamePerson({ profile: one }: NewEvent, { profile: other }: NewEvent): boolean {
  return IDENTIFIERS.some(name => typeof one[name] === 'string' && one[name] === other[name])
}
function listAt(from: Members, name: string): readonly Members[] {
  const value = from[name]
  return Array.isArray(value) ? value.filter(isMembers) : []
}
