/** One Segment call, typed. `parse.ts` makes it from the wire; nothing else knows the wire. */
import type { EventTime } from './time.ts'

export const MESSAGE_TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias', 'delete'] as const
export type MessageType = (typeof MESSAGE_TYPES)[number]

/**
 * The event that tells whether a platform lets e-mail reach a person, with `platform`, `may_email` and `reason`. The service
 * sends it to itself; from outside it is refused.
 */
export const PERMISSION_READ = 'Email Permission Read'

/** A JSON object whose members nobody has looked at yet. */
export type Fields = Readonly<Record<string, unknown>>

export interface Message {
  readonly type: MessageType
  /** Segment's id of the call, 1–200 characters; made from the place in the log where the sender gave none. */
  readonly messageId: string
  readonly userId?: string
  readonly anonymousId?: string
  /** alias only: the id the person had before. */
  readonly previousId?: string
  /** track only. */
  readonly event?: string
  /** page and screen only. */
  readonly name?: string
  /** `{}` when absent. */
  readonly properties: Fields
  /** Traits of identify and group; `{}` when absent. */
  readonly traits: Fields
  readonly context: MessageContext
  /** When it happened, never later than `receivedAt`. */
  readonly timestamp: EventTime
  readonly receivedAt: EventTime
}

export interface MessageContext {
  readonly page: { readonly url?: string; readonly path?: string; readonly title?: string; readonly referrer?: string }
  /** `context.traits`: server-side senders put the person's e-mail here; `{}` when absent. */
  readonly traits: Fields
  /** `context.campaign`: the utm parameters of the page. */
  readonly campaign?: { readonly source?: string; readonly name?: string }
  /** IANA name. */
  readonly timeZone?: string
  readonly userAgent?: string
  /** `context.consent.categoryPreferences`; absent when the site stamps no consent. */
  readonly consent?: Readonly<Record<string, boolean>>
}
