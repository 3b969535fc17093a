/** What observing one message gives, and the parts several kinds of message share. */
import type { Observed } from './fact.ts'
import { clip, link } from './fields.ts'
import type { Message } from './message.ts'
import type { ProfileState } from './profile.ts'
import type { Points } from './window.ts'

export interface Seen {
  readonly changes: Omit<Observed, 'lastSeen'>
  readonly earned: Points
}

export const NOTHING_SEEN: Seen = { changes: {}, earned: {} }

/** The page a message came from, unless a later one is known. */
export function lastPage(state: ProfileState, message: Message): Pick<Observed, 'lastPage'> {
  const { timestamp } = message
  const page = clippedPage(message)
  const isNewest = state.lastPage === undefined || state.lastPage.at <= timestamp
  if ((page.url === undefined && page.title === undefined) || !isNewest) return {}
  return { lastPage: { at: timestamp, ...page } }
}

export function clippedPage({ context: { page } }: Message): { readonly url?: string; readonly title?: string } {
  const url = link(page.url)
  const title = clip(page.title)
  return { ...(url !== undefined && { url }), ...(title !== undefined && { title }) }
}
