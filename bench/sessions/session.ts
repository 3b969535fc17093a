/** A recorded session as the Segment messages that an unmodified site would have sent in it. */
import type { Fields, Message } from '../../src/destination/engine/message.ts'
import { type EventTime, eventTime } from '../../src/destination/engine/time.ts'

export interface RealSession {
  /** In the order they happened. */
  readonly messages: readonly Message[]
  /** A point that every session of the data has, to compare people who are equally far. */
  readonly decision?: Decision
}

export interface Decision {
  readonly at: EventTime
  /** Whether nobody can see yet how it ends: no checkout before it. */
  readonly open: boolean
}

export interface DataSet {
  readonly name: string
  readonly count: number
  /** In the order they began. Made one by one: the largest set would fill the memory. */
  readonly sessions: () => Iterable<RealSession>
  /** Whether the data says who ordered. */
  readonly orders: boolean
}

/** What was done, and when. */
export interface Told {
  /** Epoch ms. */
  readonly at: number
  /** The name of a track event; absent for a page call. */
  readonly event?: string
  readonly path: string
  readonly properties?: Fields
}

/** Where recordings without a date are put: a Monday. */
export const MONDAY: number = Date.parse('2026-03-02T00:00:00Z')

/**
 * @param person - counts as signed in: about somebody nobody knows, a cart is never told.
 * @param session - unique within the data.
 */
export function toMessages(person: string, session: string, told: readonly Told[]): readonly Message[] {
  return told.map(({ at, event, path, properties = {} }, index) => ({
    type: event === undefined ? 'page' : 'track',
    messageId: `${session}.${index}`,
    userId: person,
    ...(event !== undefined && { event }),
    properties,
    traits: {},
    context: { page: { path, url: `https://shop.example${path}` }, traits: {} },
    timestamp: eventTime(at),
    receivedAt: eventTime(at),
  }))
}

/** Lets sessions happen beside each other, as they do on a site: their messages by time, those of one instant as they came. */
export function* interleave(sessions: Iterable<RealSession>): Generator<Message> {
  let waiting: Message[] = []
  for (const { messages } of sessions) {
    const start = messages[0]?.receivedAt ?? 0
    const later = waiting.findIndex(({ receivedAt }) => receivedAt > start)
    yield* waiting.splice(0, later === -1 ? waiting.length : later)
    waiting = [...waiting, ...messages].toSorted((a, b) => a.receivedAt - b.receivedAt)
  }
  yield* waiting
}
