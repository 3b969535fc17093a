/** What one message is observed with, and the parts several kinds of message share. */
import type { LastPage } from './fact.ts'
import { clip, link } from './fields.ts'
import type { Message } from './message.ts'
import type { Policy } from './policy.ts'
import type { Draft } from './profile.ts'
import type { EventTime } from './time.ts'

export interface Look {
  /** The profile, which takes in what the message changes. */
  readonly state: Draft
  readonly message: Message
  /** The name today's spec has for its event; undefined for what is no track call. */
  readonly event: string | undefined
  readonly policy: Policy
}

export interface ClippedPage {
  readonly url: string | undefined
  readonly title: string | undefined
}

export function clippedPage({ context: { page } }: Message): ClippedPage {
  return { url: link(page.url), title: clip(page.title) }
}

/** @returns the page last seen, after a message that came from this one. */
export function lastPage(
  known: LastPage | undefined,
  { url, title }: ClippedPage,
  at: EventTime,
): LastPage | undefined {
  const isNewest = known === undefined || known.at <= at
  return (url === undefined && title === undefined) || !isNewest ? known : { url, title, at }
}
