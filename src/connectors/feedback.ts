/** What platforms tell of the e-mails they sent, in the same words for all of them. Words only. */
import type { Outcome } from './connector.ts'

export type FeedbackKind = 'opened' | 'clicked' | 'unsubscribed' | 'complained' | 'bounced'

/** Whom a platform means, by what it tells. */
export interface Recipient {
  readonly email?: string
  /** What we told the platform as the person's user id. */
  readonly userId?: string
  /** The platform's own id, for those it names by nothing else. */
  readonly platformId?: string
}

export interface Feedback {
  /** The platform's own id of the event: the same however often and by whichever way it tells of it. */
  readonly id: string
  readonly kind: FeedbackKind
  /** Epoch ms. */
  readonly at: number
  readonly recipient: Recipient
  readonly subject?: string
  readonly campaignId?: string
  readonly campaignName?: string
  /** What was clicked. */
  readonly link?: string
}

/**
 * Why an event becomes no feedback.
 *
 * - `other`: nothing that somebody did about an e-mail, or a type newer than this version.
 * - `machine`: a mail program or a scanner opened or clicked, not a person.
 * - `temporary`: a bounce that may pass.
 * - `incomplete`: it lacks its id, its time or whom it is about.
 */
export const IGNORED = ['other', 'machine', 'temporary', 'incomplete'] as const
export type Ignored = (typeof IGNORED)[number]

/** What was made of one event of a platform. */
export type Heard =
  | { readonly kind: 'feedback'; readonly feedback: Feedback }
  | { readonly kind: 'ignored'; readonly why: Ignored }

/** The platform could not be asked. */
export type AskFailure = Exclude<Outcome, { readonly kind: 'delivered' }>

/** A request as it reached us, for its signature. */
export interface SignedRequest {
  readonly method: string
  /** As the platform called it, from the scheme to the query. */
  readonly url: string
  /** @param name - in lower case. */
  readonly header: (name: string) => string | undefined
  readonly body: Uint8Array
  /** The body as JSON; undefined when it is none. */
  readonly json: () => unknown
  /** Epoch ms. */
  readonly now: number
}

export type Verdict = 'genuine' | 'unsigned' | 'forged' | 'stale'

export type HookReading =
  | { readonly kind: 'heard'; readonly heard: readonly Heard[] }
  /** Not what the platform documents. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  | AskFailure

/** A platform's webhook. */
export interface Hook {
  readonly platform: string
  /** Whether the platform sent this, and lately. Compares in constant time. */
  verify(request: SignedRequest): Verdict
  /** Reads the JSON of a verified body. Never throws. */
  read(body: unknown): Promise<HookReading>
}

/** When the events happened: `[from, until)`, epoch ms. */
export interface Span {
  readonly from: number
  readonly until: number
}

export type FeedPage =
  | {
      readonly kind: 'page'
      readonly heard: readonly Heard[]
      /** Where the next page starts; absent: this was the last one. */
      readonly next?: string
    }
  | AskFailure

/** What a platform answers when asked for events, page by page. */
export interface Feed {
  readonly platform: string
  /** Events show up this late at the platform, ms: so far back it is asked again. */
  readonly latenessMs: number
  /** Between two pages, ms: a share of the platform's limit that leaves the rest to what is written. */
  readonly pauseMs: number
  /** One attempt. Never throws. */
  page(span: Span, start?: string): Promise<FeedPage>
}

/** Which ways are open. */
export interface FeedbackSettings {
  readonly klaviyo?: FeedbackWays
  readonly hubspot?: FeedbackWays
  /** Braze is not asked: nothing of what it answers tells of opens and clicks. */
  readonly braze?: Pick<FeedbackWays, 'hookSecret'>
}

export interface FeedbackWays {
  /** Verifies its webhooks; absent: none are taken. */
  readonly hookSecret?: string
  /** It is asked this often, ms; absent: never. */
  readonly everyMs?: number
}
