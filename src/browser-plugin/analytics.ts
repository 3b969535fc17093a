/**
 * The slice of analytics.js that the plugin uses, declared here: importing its types would break whoever checks libraries
 * strictly, and tie the plugin to one version.
 */

export interface Analytics {
  readonly settings: { readonly writeKey: string; readonly apiHost?: string | undefined }
  readonly queue: {
    readonly plugins: readonly { readonly name: string; readonly metadata?: SegmentMetadata | undefined }[]
    on(event: 'delivery_failure', run: (context: unknown, error: object) => void): unknown
    off(event: 'delivery_failure', run: (context: unknown, error: object) => void): unknown
  }
  user(): { id(): string | null | undefined; anonymousId(): string | null | undefined }
  track(event: string, properties: object, options: object): Promise<unknown>
}

/** What the plugin that talks to Segment says of itself. */
export interface SegmentMetadata {
  readonly writeKey?: string | undefined
  readonly apiHost?: string | undefined
  readonly protocol?: string | undefined
}

/** An event on its way through analytics.js. */
export interface AnalyticsContext {
  readonly event: { readonly context?: EventContext | undefined }
}

/** What analytics.js adds to each event; the parts that nobody else can know, consent above all. */
export interface EventContext {
  readonly page?: object | undefined
  readonly userAgent?: unknown
  readonly userAgentData?: unknown
  readonly locale?: unknown
  readonly timezone?: unknown
  readonly library?: unknown
  readonly campaign?: unknown
  readonly consent?: unknown
}
