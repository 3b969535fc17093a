/** What observing one message gives, and the parts several kinds of message share. */
import type { LastPage, Observed } from './fact.ts'
import { clip, link } from './fields.ts'
import type { Message } from './message.ts'
import type { ProfileState } from './profile.ts'
import type { EventTime } from './time.ts'
import { NO_POINTS, type Points } from './window.ts'

export interface Seen {
  readonly changes: Changes
  readonly earned: Points
}

export type Changes = Omit<Observed, 'lastSeen'>

/** Every observation begins as a copy of it, so that all have one shape. */
export const NOTHING_CHANGED: Changes = {
  known: undefined,
  balance: undefined,
  rollups: undefined,
  pageViews: undefined,
  forgottenViews: undefined,
  timeSpentMs: undefined,
  lastPage: undefined,
  lastProduct: undefined,
  cart: undefined,
  cartEmptiedAt: undefined,
  consent: undefined,
  automation: undefined,
  device: undefined,
  localHour: undefined,
  localOffset: undefined,
  lag: undefined,
  visit: undefined,
  visitLevel: undefined,
  views: undefined,
  interests: undefined,
  hours: undefined,
  circumstances: undefined,
  lastOrder: undefined,
  lastHighValue: undefined,
  features: undefined,
  form: undefined,
  exit: undefined,
  silenced: undefined,
  barred: undefined,
}

export const NOTHING_SEEN: Seen = { changes: NOTHING_CHANGED, earned: NO_POINTS }

export interface ClippedPage {
  readonly url: string | undefined
  readonly title: string | undefined
}

export function clippedPage({ context: { page } }: Message): ClippedPage {
  return { url: link(page.url), title: clip(page.title) }
}

/** @returns the page a message came from; undefined when it says none, or a later one is known. */
export function lastPage(state: ProfileState, { url, title }: ClippedPage, at: EventTime): LastPage | undefined {
  const isNewest = state.lastPage === undefined || state.lastPage.at <= at
  if ((url === undefined && title === undefined) || !isNewest) return undefined
  return { url, title, at }
}
