import type { Routes } from './address.ts'
import type { PageTypeOption } from './page-type.ts'

/** What crossings are worth telling the service at once, each list ascending. */
export interface EngagementThresholds {
  /** Time on one element, ms. Default: 3000, 7000. */
  readonly hoverMs?: readonly number[] | undefined
  /** Share of the content seen, 0–1. Default: 0.5, 0.8. */
  readonly scrollDepth?: readonly number[] | undefined
  /** Active time on the page, ms. Default: 30000, 60000, 90000. */
  readonly activeMs?: readonly number[] | undefined
}

export interface EngagementOptions {
  /** The kind of page, such as `product` or `pricing`. Default: `data-inkling-page`, else product markup, else by the service. */
  readonly pageType?: PageTypeOption | undefined
  readonly thresholds?: EngagementThresholds | undefined
  /** Active time after which totals are sent though nothing was crossed, ms. Default: 60000. */
  readonly heartbeatMs?: number | undefined
  /** How long after the last input a visitor still counts as active, ms. Default: 30000. */
  readonly idleMs?: number | undefined
  /** Segment calls one page view may cost, ≥ 0; what is sent when the page hides or is left comes on top. Default: 4. */
  readonly maxCalls?: number | undefined
  /** Measure nothing where the browser sends Global Privacy Control. Default: true. */
  readonly respectGpc?: boolean | undefined
  /** Parts of the page whose time in view is measured besides those marked `data-inkling-section`, as a CSS selector. Default: none. */
  readonly sections?: string | undefined
  /** What makes a page of a single-page app: the path, or the route behind the hash, as in `/#/pricing`. Default: 'path'. */
  readonly routes?: Routes | undefined
  /** Whether what happens in frames of the same origin counts for the page. Default: false. */
  readonly frames?: boolean | undefined
  /**
   * `required` measures and stores nothing before `grantConsent()`, or an event that carries it. Default: 'segment', where
   * the consent tool of analytics.js decides what passes.
   */
  readonly consent?: 'segment' | 'required' | undefined
  /** Segment's consent categories that must all be granted; without them only `grantConsent()` counts. Default: none. */
  readonly consentCategories?: readonly string[] | undefined
  /** `direct` sends summaries to `endpoint` past Segment, which then bills none. Default: 'segment'. */
  readonly transport?: 'segment' | 'direct' | undefined
  /** Where the destination takes them in, such as `https://inkling.example.com/v1`. `direct` needs it. */
  readonly endpoint?: string | undefined
  /** Segment's `integrations` for our calls, such as `{ All: false, 'Inkling': true }`. Default: none. */
  readonly integrations?: Readonly<Record<string, boolean>> | undefined
}

/** The options with every default filled in. */
export interface Settings extends Pick<EngagementOptions, 'pageType' | 'sections' | 'routes' | 'frames'> {
  readonly hoverMs: readonly number[]
  readonly scrollDepth: readonly number[]
  readonly activeMs: readonly number[]
  readonly heartbeatMs: number
  readonly idleMs: number
  readonly maxCalls: number
}

export function toSettings(options: EngagementOptions): Settings {
  const { thresholds = {} } = options
  return {
    ...options,
    // Where the service calls an interest medium and high, a page engaged and deeply read, a dwell strong and decisive.
    hoverMs: thresholds.hoverMs ?? [3000, 7000],
    scrollDepth: thresholds.scrollDepth ?? [0.5, 0.8],
    activeMs: thresholds.activeMs ?? [30_000, 60_000, 90_000],
    heartbeatMs: options.heartbeatMs ?? 60_000,
    // Below 30 s a reader is taken for idle, above 60 s a forgotten tab for a reader.
    idleMs: options.idleMs ?? 30_000,
    maxCalls: options.maxCalls ?? 4,
  }
}
