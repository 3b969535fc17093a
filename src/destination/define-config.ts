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

export interface Cap {
  readonly limit: number
  readonly within: Span
}

/** A number or duration from `atLeast` (or `over`) to `under`. */
export interface RangeConfig<T> {
  readonly atLeast?: T
  readonly over?: T
  readonly under?: T
}
type Value = string | number | boolean
type Expected = Value | readonly Value[] | RangeConfig<number>

/** Conditions; all that are given must hold. */
export interface When {
  /** The type of the page the message is about. */
  readonly page?: string | readonly string[]
  /** Its URL path; `*` stands for any text. */
  readonly path?: string | readonly string[]
  /** Active time on it. */
  readonly dwell?: RangeConfig<Span>
  /** Share of it seen. */
  readonly scroll?: RangeConfig<`${number}%`>
  /** Longest stay of the pointer on one element of it. */
  readonly hover?: RangeConfig<Span>
  readonly hoverOn?: { readonly element: string; readonly atLeast: Span }
  readonly clicks?: RangeConfig<number>
  readonly cart?: {
    readonly empty?: boolean
    readonly value?: RangeConfig<number>
    readonly items?: RangeConfig<number>
  }
  /** The message is this track event. */
  readonly event?: string | { readonly name: string; readonly properties?: Readonly<Record<string, Expected>> }
  /** Computed traits by their unprefixed name, and clv, orders, lifecycle, plan, employees, campaign_source, campaign_name. */
  readonly traits?: Readonly<Record<string, Expected>>
  readonly device?: string | readonly string[]
  /** The visitor's own hour; may run past midnight. */
  readonly localTime?: { readonly from: number; readonly to: number }
  /** How often a page type, a product, or any one product was looked at. */
  readonly viewed?: {
    readonly page?: string
    readonly product?: string
    readonly atLeast: number
    readonly within: Span
  }
  readonly ordered?: { readonly within: Span }
  readonly notOrdered?: { readonly within: Span }
  /** Which visit this is; 1 is the first. */
  readonly visits?: RangeConfig<number>
}

/**
 * What starts a sequence, moves it on or ends it: `ordered`, `cart_emptied`, `form_submitted`, `feature_first_used`,
 * `feature_used_again`, `email_clicked`, `returned`; the name of a moment, or of a track event. An event whose name is all in
 * lower case is written `{ event: 'demo_booked' }`.
 */
export type Cue = string | { readonly event: string }
type Cues = Cue | readonly Cue[]

/** One of the things a step may be. */
export interface WayConfig {
  /** Taken as soon as one of these happens, instead of at the step's time. */
  readonly on?: Cues
  /** Taken only if all of these hold then. */
  readonly when?: When
  /** A hint for the flow. */
  readonly channel: 'email' | 'sms' | 'push' | 'in_app'
  /** 1 reminds, 2 explains, 3 makes an offer; by the level of engagement, where absent. */
  readonly content?: 1 | 2 | 3 | 'by_level'
  /** Your own word for the message. */
  readonly message?: string
}

/** One thing at one time, or the first that fits of several. */
export type StepConfig = { readonly after: Span } & (WayConfig | { readonly choose: readonly WayConfig[] })

export interface SequenceConfig {
  readonly enabled?: boolean
  readonly startOn?: Cues
  readonly leaveOn?: Cues
  /** One to three, each `after` counted from the start. */
  readonly steps?: readonly StepConfig[]
  /** Not started again within this long. */
  readonly cooldown?: Span
  /** A step waits until the person has been away this long; `'0s'`: it does not wait. */
  readonly quiet?: Span
  /** Whether its steps use up the profile's frequency cap. */
  readonly capped?: boolean
  /** A step that could not be told for this long is passed over. */
  readonly freshFor?: Span
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
    /** Track events by name, standard or your own. */
    readonly events?: Readonly<Record<string, number>>
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
    readonly contentDeepDive?: MomentConfig & {
      /** Active time on one article. */
      readonly dwell?: Span
      /** The share of it that was seen; 0–1. */
      readonly scrollDepth?: number
      readonly pageTypes?: readonly string[]
    }
    readonly repeatProductInterest?: MomentConfig & {
      /** Looks at one product without an order; 2–12. */
      readonly views?: number
      readonly within?: Span
    }
    readonly comparison?: MomentConfig & {
      /** Different products; 2–12. */
      readonly products?: number
      readonly within?: Span
    }
    readonly hesitation?: MomentConfig & {
      /** Active time on one page without a click. */
      readonly dwell?: Span
      /** The pointer on one element. */
      readonly hover?: Span
      readonly pageTypes?: readonly string[]
    }
    readonly cartAbandoned?: MomentConfig & {
      /** Without any activity, something in the cart. */
      readonly after?: Span
    }
    readonly checkoutAbandoned?: MomentConfig & {
      /** Without any activity after the checkout began. */
      readonly after?: Span
    }
    readonly formAbandoned?: MomentConfig & {
      /** Without any activity after the form was begun. */
      readonly after?: Span
    }
    readonly sessionExited?: MomentConfig & {
      /** After the last sign of life; a return within it is no exit. */
      readonly after?: Span
      /** Attention a visit needs to be worth telling. */
      readonly minimumActive?: Span
    }
    readonly contentDownloaded?: MomentConfig
    readonly featureAdoptionStalled?: MomentConfig & {
      /** After the first use, without a second one. */
      readonly after?: Span
    }
    readonly reengaged?: MomentConfig & {
      /** Between two visits. */
      readonly away?: Span
    }
  }
  /** Moments of your own: at most 20. Each needs a name no built-in one has, and conditions that must all hold. */
  readonly customMoments?: readonly (MomentConfig & { readonly name: string; readonly when: When })[]
  /**
   * Sequences by the name their events carry. The built-in ones (`cart_abandonment`, `pricing_comparison`, `form_recovery`,
   * `feature_onboarding`, `exit_branching`, `cross_channel_cart`) may be changed in part; one of your own needs `startOn`
   * and `steps`.
   */
  readonly sequences?: Readonly<Record<string, SequenceConfig>>
  /** Who is worth this much is told sooner. */
  readonly escalation?: {
    /** From this lifetime value on. */
    readonly lifetimeValue?: number
    /** Factor on the delays between steps; 0.1–1. */
    readonly pace?: number
  }
  /** Groups of people with caps of their own; the first that fits counts. At most 20. */
  readonly segments?: readonly { readonly name: string; readonly when: When; readonly caps: readonly Cap[] }[]
  /** At most `limit` moments per profile within `within`; every row holds at once. */
  readonly caps?: readonly Cap[]
  readonly traits?: {
    /** Put before every trait name. */
    readonly prefix?: string
    /** A score is written again once it moved by this much; 1–100. */
    readonly scoreStep?: number
  }
  readonly restraint?: {
    /** How sure it must be that a program drives the browser, before nothing fires; 0–1. */
    readonly automation?: number
    /** No capped moment for this long after an order. */
    readonly afterOrder?: Span
    /** Factor on every cooldown by the level of engagement; 0–10. */
    readonly cooldownByLevel?: {
      readonly none?: number
      readonly low?: number
      readonly medium?: number
      readonly high?: number
    }
    /** The same by the trend of the last five minutes; 0–10. */
    readonly cooldownByTrend?: { readonly rising?: number; readonly steady?: number; readonly falling?: number }
    /** The same once one of these track events followed what fired; `cooldown` 0–10. */
    readonly highValue?: { readonly events?: readonly string[]; readonly cooldown?: number }
    /** No capped moment on behaviour shorter than this, unless the visit goes on for as long. */
    readonly sustained?: Span
    /** Their own night, hours 0–23, `to` not included; none where both are the same. */
    readonly quietHours?: { readonly from?: number; readonly to?: number }
    /** Messages up to this late are held up on the way, and absence is waited for as much longer. */
    readonly lag?: Span
  }
  /** Consent categories that must be true where a site stamps consent. */
  readonly consent?: readonly string[]
}

/** Types a configuration while it is written; `inkling check` says what is wrong with its values. */
export function defineConfig(config: InklingConfig): InklingConfig {
  return config
}
