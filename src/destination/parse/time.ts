/** Reads the times Segment and its libraries stamp, and corrects a sender's wrong clock. */
import type { Fields } from '../engine/message.ts'
import { type EventTime, eventTime } from '../engine/time.ts'

/** What is known about a message besides its own members. */
export interface Arrival {
  /** Epoch ms on our clock. */
  readonly receivedAt: number
  /** Whether Segment's pipeline has already corrected `timestamp`; a call sent straight to us was corrected by nobody. */
  readonly throughSegment: boolean
  /** `sentAt` of a batch envelope, which its elements do not repeat. */
  readonly sentAt: unknown
}

const ISO_8601 = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?:(Z)|([+-]\d{2}):?(\d{2}))?)?$/

/**
 * Reads an ISO-8601 time. One without an offset is UTC: `Date.parse` would take it as this machine's local time, and the
 * same log would then read differently elsewhere.
 *
 * @returns epoch ms; undefined for anything else, such as the Go time strings that Segment puts into deletions.
 */
export function toEpochMs(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined
  const match = ISO_8601.exec(value)
  if (match === null) return undefined
  const [, date, time, , offsetHours, offsetMinutes] = match
  const offset = offsetHours === undefined ? 'Z' : `${offsetHours}:${offsetMinutes}`
  const ms = Date.parse(time === undefined ? `${date}T00:00Z` : `${date}T${time}${offset}`)
  return Number.isNaN(ms) ? undefined : ms
}

/**
 * When the behaviour happened, by our clock: what the sender's clock shows is trusted only as a distance from the moment
 * it sent. Source of the formula: Segment's common fields, `timestamp = receivedAt - (sentAt - originalTimestamp)`.
 *
 * @returns a time in [0, receivedAt]; `receivedAt` when the message says nothing usable.
 */
export function happenedAt(call: Fields, arrival: Arrival): EventTime {
  const ms = arrival.throughSegment ? correctedBySegment(call) : correctedByUs(call, arrival)
  return eventTime(Math.min(Math.max(ms ?? arrival.receivedAt, 0), arrival.receivedAt))
}

function correctedBySegment(call: Fields): number | undefined {
  const timestamp = toEpochMs(call.timestamp)
  if (timestamp !== undefined) return timestamp
  const receivedBySegment = toEpochMs(call.receivedAt)
  const original = toEpochMs(call.originalTimestamp)
  const sent = toEpochMs(call.sentAt)
  if (receivedBySegment === undefined || original === undefined || sent === undefined) return receivedBySegment
  return receivedBySegment - (sent - original)
}

function correctedByUs(call: Fields, arrival: Arrival): number | undefined {
  const happened = toEpochMs(call.timestamp) ?? toEpochMs(call.originalTimestamp)
  // The envelope first: an element kept from an earlier, failed try may still carry that try's `sentAt`.
  const sent = toEpochMs(arrival.sentAt) ?? toEpochMs(call.sentAt)
  if (happened === undefined || sent === undefined) return happened
  return arrival.receivedAt - (sent - happened)
}
