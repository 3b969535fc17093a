/**
 * The contract between the browser plugin and the destination: the name, the properties and the units of what a page
 * measures. Both sides import this file; it imports nothing.
 *
 * Every number is a *running total of one page view*. A summary that arrives twice, late or out of order does no harm,
 * and a lost one costs nothing once a later one arrives.
 */

/** The one track event the plugin sends. */
export const ENGAGEMENT_MEASURED = 'Engagement Measured'

/** A summary never exceeds this many bytes of JSON; lists are cut to their heaviest entries to fit. */
export const MAX_SUMMARY_BYTES = 4096

/** How many entries each list of a summary may hold. */
export const LIST_LIMITS = { hovers: 12, clicks: 20, sections: 12, videos: 4, downloads: 4 } as const

/** The longest element, form, section or video name, in characters. */
export const MAX_NAME_LENGTH = 64

/** Why a summary was sent. */
export const SUMMARY_REASONS = ['threshold', 'heartbeat', 'hidden', 'exit', 'navigation', 'restored'] as const
export type SummaryReason = (typeof SUMMARY_REASONS)[number]

/** What kind of page this is; sites may use other words, these are the ones with default weights. */
export const PAGE_TYPES = [
  'home',
  'listing',
  'product',
  'pricing',
  'cart',
  'checkout',
  'article',
  'form',
  'other',
] as const
export type PageType = (typeof PAGE_TYPES)[number]

/** How a page view ended, as far as the page can know. */
export const EXIT_KINDS = ['internal', 'outbound', 'reload', 'close', 'hidden', 'unknown'] as const
export type ExitKind = (typeof EXIT_KINDS)[number]

export const FORM_STATES = ['viewed', 'started', 'engaged', 'submitted'] as const
export type FormState = (typeof FORM_STATES)[number]

export const DEVICE_KINDS = ['desktop', 'mobile', 'tablet'] as const
export type DeviceKind = (typeof DEVICE_KINDS)[number]

/** Signs that a program drives the page. Only those that were seen are present. */
export interface AutomationFlags {
  /** `navigator.webdriver` is true. */
  readonly webdriver?: boolean
  /** Interactions were dispatched by script and none was trusted. */
  readonly untrusted?: boolean
  /** The pointer jumped faster than a hand can move, three times or more. */
  readonly teleport?: boolean
  /** The pointer moved along straight lines at constant speed. */
  readonly straight?: boolean
  /** A mouse clicked where the pointer had not moved to. */
  readonly no_pointer?: boolean
  /** Clicks or keys came at equal intervals. */
  readonly metronome?: boolean
}

/** The properties of `Engagement Measured`. Times are in ms, shares are 0–1. What is undefined is left out of the message. */
export interface EngagementProperties {
  /** Made by the page, unique per page view; a restored page is a new page view. */
  readonly pageview_id: string
  /** 1, 2, 3… within the page view. `messageId` is `${pageview_id}.${sequence}`. */
  readonly sequence: number
  readonly reason: SummaryReason
  readonly page_type?: string | undefined
  /** Time the page was visible and the visitor was doing something with it (last input younger than the idle timeout). */
  readonly active_ms: number
  /** Time the page was visible. */
  readonly visible_ms: number
  /** The furthest share of the content seen: (scrollTop + viewport) / height. 1 on a page that cannot scroll. */
  readonly scroll_depth: number
  /** False when the page is not taller than the viewport, so its depth says nothing. */
  readonly scrollable: boolean
  /** How many windows of content were seen; only on a page that grows while it is scrolled, whose depth says little. */
  readonly screens_seen?: number | undefined
  /** Median speed while scrolling, px/s; 0 without scrolling. */
  readonly scroll_velocity: number
  /** From the page becoming visible to the first pointer, key, touch or wheel input; absent while there was none. */
  readonly time_to_first_interaction_ms?: number | undefined
  /** Elements the pointer itself entered and rested on, or the Tab key's focus, heaviest first. */
  readonly hovers: readonly { readonly element: string; readonly ms: number; readonly count: number }[]
  /** Trusted clicks in order; `at_ms` counts from the start of the page view. The latest ones are kept. */
  readonly clicks: readonly { readonly element: string; readonly at_ms: number }[]
  /** Bursts of clicks in one place: four or more within a second and a half. A burst counts once. */
  readonly rage_clicks: number
  /** Clicks on what looks clickable that nothing answered for two seconds. */
  readonly dead_clicks: number
  /** Clicks on links to other hosts, mail and telephone, wherever they open. */
  readonly outbound_clicks: number
  /** Files that links offered and clicks took, latest last; `at_ms` counts from the start of the page view. */
  readonly downloads: readonly { readonly file: string; readonly at_ms: number }[]
  /** How often something was copied from the page, what was typed left out. */
  readonly copies: number
  /** Of the forms on the page, the one that came furthest. */
  readonly form?: {
    readonly id: string
    /** `viewed`: only the browser filled it in. `engaged`: two fields, or still entering five seconds after the first time. */
    readonly state: FormState
    /** The browser filled fields in; those are not touched. */
    readonly autofilled?: boolean | undefined
    /** The field's name, never its value. */
    readonly last_field?: string | undefined
    readonly fields_touched: number
  }
  /** Videos and sounds, longest first: each second of them counts once, however often it was played. `percent` is 0–1. */
  readonly videos: readonly {
    readonly id: string
    readonly watched_ms: number
    readonly percent?: number | undefined
  }[]
  readonly sections: readonly { readonly id: string; readonly visible_ms: number }[]
  /** Present on the last summary before the page hides or is left. */
  readonly exit?: { readonly kind: ExitKind } | undefined
  readonly automation: AutomationFlags
  readonly device: { readonly kind: DeviceKind; readonly touch: boolean }
  /** The visitor's own clock, 0–23. */
  readonly local_hour: number
  /** IANA time zone, such as Europe/Berlin. */
  readonly time_zone: string
}
