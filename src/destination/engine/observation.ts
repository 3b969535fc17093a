/** What observing one message gives, and the parts several kinds of message share. */
import type { LastPage, Observed } from './fact.ts'
import { clip, link } from './fields.ts'
import type { Message } from './message.ts'
import type { Policy } from './policy.ts'
import type { ProfileState } from './profile.ts'
import { type EventTime, eventTime } from './time.ts'

/** What a message is observed against. */
export interface Look {
  readonly state: ProfileState
  readonly message: Message
  readonly policy: Policy
  /** What it changes, filled in on the way; nobody keeps it before it is done. */
  readonly changes: Changes
}

export type Changes = { -readonly [M in keyof Observed]: Observed[M] }

const NOTHING_CHANGED: Observed = {
  lastSeen: eventTime(0),
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

/** @returns a draft with all members, so that all observations have one shape. */
export function nothingChanged(): Changes {
  return { ...NOTHING_CHANGED }
}

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
