/** What `inkling.config.ts` exports: the behaviour of the service, all of it optional, each default in `docs/configuration.md`. */

/** A span of time with its unit: `'90s'`, `'30m'`, `'12h'`, `'7d'`, `'500ms'`. */
export type Span = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

export interface MomentConfig {
  readonly enabled?: boolean
  /** Behaviour older than this updates the profile but fires nothing. */
  readonly freshFor?: Span
  /** After it fired, the same moment stays silent for this long. */
  readonly cooldown?: Span
  /** Whether it uses up the profile's frequency cap. */
  readonly capped?: boolean
}

export interface InklingConfig {
  /** Page type → URL path patterns; `*` stands for any text. Tried before the default patterns. */
  readonly pages?: Readonly<Record<string, readonly string[]>>
  /** Points for a signal at its strongest; ≥ 0. */
  readonly weights?: {
    readonly hover?: number
    readonly scroll?: number
    readonly dwell?: number
    readonly click?: number
    readonly copy?: number
    readonly form?: number
    readonly video?: number
    readonly pageViewed?: number
    readonly productViewed?: number
    readonly productAdded?: number
    readonly checkoutStarted?: number
  }
  /** Page type → factor on its points; ≥ 0. */
  readonly pageWeights?: Readonly<Record<string, number>>
  /** How fast each measure saturates: after this long, 63 % of its weight is earned. */
  readonly saturation?: {
    readonly hover?: Span
    readonly dwell?: Span
    readonly video?: Span
    readonly clicks?: number
    readonly hoverMinimum?: Span
    readonly hoverElements?: number
  }
  readonly score?: {
    /** Until half of a signal's points are left. */
    readonly halfLife?: Span
    /** Points that bring the score half of the way to 100. */
    readonly scale?: number
  }
  /** 5-minute averages (mean points per 30 s) at which each level is entered. */
  readonly levels?: {
    readonly low?: number
    readonly medium?: number
    readonly high?: number
    readonly hysteresis?: number
    readonly agreement?: number
  }
  readonly moments?: {
    readonly engagementLevel?: MomentConfig & { readonly levels?: readonly ('low' | 'medium' | 'high')[] }
    readonly pricingIntent?: MomentConfig & {
      /** Active time on one pricing page. */
      readonly dwell?: Span
      readonly pageTypes?: readonly string[]
    }
    readonly cartAbandoned?: MomentConfig & {
      /** Without any activity, something in the cart. */
      readonly after?: Span
    }
  }
  /** At most `limit` moments per profile within `within`; every row holds at once. */
  readonly caps?: readonly { readonly limit: number; readonly within: Span }[]
  readonly traits?: {
    /** Put before every trait name. */
    readonly prefix?: string
    /** A score is written again once it moved by this much; 1–100. */
    readonly scoreStep?: number
  }
  /** Consent categories that must be true where a site stamps consent. */
  readonly consent?: readonly string[]
}

/** Types a configuration while it is written; `inkling check` says what is wrong with its values. */
export function defineConfig(config: InklingConfig): InklingConfig {
  return config
}
