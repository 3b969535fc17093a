/** The policy: every weight, threshold and bound the engine decides by, with its default and the reason for it. */

import type { Condition } from './condition.ts'
import type { Level } from './level.ts'
import { defaultSequences } from './sequences/defaults.ts'
import type { SequencePolicy } from './sequences/sequence.ts'
import { DAY, type Duration, duration, HOUR, MINUTE, SECOND, times } from './time.ts'
import type { Trend } from './window.ts'

export interface ScorePolicy {
  /** Until half of a signal's points are left. */
  readonly halfLife: Duration
  /** Points that bring the score half of the way to 100. */
  readonly scale: number
}

export interface LevelPolicy {
  /** 5-minute averages (mean points per 30 s) at which a level is entered. */
  readonly low: number
  readonly medium: number
  readonly high: number
  /** A level is left below this share of its threshold; 0–1. */
  readonly hysteresis: number
  /** Points within five minutes from which a kind of signal counts as agreeing. */
  readonly agreement: number
}

/** Points for a signal at its strongest. */
export interface WeightPolicy {
  readonly hover: number
  readonly scroll: number
  readonly dwell: number
  readonly click: number
  readonly copy: number
  readonly form: number
  readonly video: number
  readonly pageViewed: number
  /** Standard and own track events by name; what is not listed earns nothing. */
  readonly events: Readonly<Record<string, number>>
}

/** How each measure saturates: the time (or count) after which 63 % of its weight is earned. */
export interface SaturationPolicy {
  readonly hover: Duration
  readonly dwell: Duration
  readonly video: Duration
  readonly clicks: number
  /** Hovers shorter than this are noise. */
  readonly hoverMinimum: Duration
  /** Hovers of one page view together earn at most this many times the hover weight. */
  readonly hoverElements: number
}

export interface MomentPolicy {
  readonly enabled: boolean
  /** Behaviour older than this updates the profile but fires nothing. */
  readonly freshFor: Duration
  /** After it fired, the same moment stays silent for this long. */
  readonly cooldown: Duration
  /** Whether it uses up the profile's frequency cap. */
  readonly capped: boolean
}

/** A moment of a site's own, from its configuration. */
export interface CustomMoment extends MomentPolicy {
  readonly name: string
  /** All must hold. */
  readonly when: readonly Condition[]
}

/** A group of people with caps of their own; the first that fits counts. */
export interface Segment {
  readonly name: string
  readonly when: readonly Condition[]
  readonly caps: Policy['caps']
}

export interface Policy {
  /** Page type → URL path patterns (`*` stands for anything), for pages that do not say their type. First match wins. */
  readonly pages: readonly { readonly type: string; readonly paths: readonly string[] }[]
  readonly weights: WeightPolicy
  /** Factor on a page's points by page type; 1 where absent. */
  readonly pageWeights: Readonly<Record<string, number>>
  readonly saturation: SaturationPolicy
  readonly score: ScorePolicy
  readonly levels: LevelPolicy
  readonly moments: {
    readonly engagementLevel: MomentPolicy & { readonly levels: readonly Level[] }
    readonly pricingIntent: MomentPolicy & { readonly dwell: Duration; readonly pageTypes: readonly string[] }
    readonly contentDeepDive: MomentPolicy & {
      readonly dwell: Duration
      readonly scrollDepth: number
      readonly pageTypes: readonly string[]
    }
    readonly repeatProductInterest: MomentPolicy & { readonly views: number; readonly within: Duration }
    readonly comparison: MomentPolicy & { readonly products: number; readonly within: Duration }
    readonly hesitation: MomentPolicy & {
      readonly dwell: Duration
      readonly hover: Duration
      readonly pageTypes: readonly string[]
    }
    readonly cartAbandoned: MomentPolicy & { readonly after: Duration }
    readonly checkoutAbandoned: MomentPolicy & { readonly after: Duration }
    readonly formAbandoned: MomentPolicy & { readonly after: Duration }
    readonly sessionExited: MomentPolicy & { readonly after: Duration; readonly minimumActive: Duration }
    readonly contentDownloaded: MomentPolicy
    readonly featureAdoptionStalled: MomentPolicy & { readonly after: Duration }
    readonly reengaged: MomentPolicy & { readonly away: Duration }
  }
  readonly customMoments: readonly CustomMoment[]
  readonly sequences: readonly SequencePolicy[]
  readonly escalation: {
    /** From this lifetime value on, in the company's currency, the steps of a sequence come at `pace` × their delays. */
    readonly lifetimeValue: number
    readonly pace: number
  }
  readonly segments: readonly Segment[]
  /** At most `limit` capped moments per profile within `within`, all of them at once. */
  readonly caps: readonly { readonly limit: number; readonly within: Duration }[]
  readonly traits: {
    readonly prefix: string
    /** A score is written again once it moved by this much (0–100). */
    readonly scoreStep: number
  }
  readonly restraint: {
    /** From this on (0–1) a program is taken to drive the browser. */
    readonly automation: number
    /** No capped moment for this long after an order. */
    readonly afterOrder: Duration
    /** Factor on a moment's cooldown by the level: somebody engaged is told sooner again. */
    readonly cooldownByLevel: Readonly<Record<Level, number>>
    /** The same by the trend, the velocity of engagement: whose interest grows sooner, whose interest wanes later. */
    readonly cooldownByTrend: Readonly<Record<Trend, number>>
    /** The same once one of these acts followed what fired: it has done its work. */
    readonly highValue: { readonly events: readonly string[]; readonly cooldown: number }
    /** No capped moment on behaviour shorter than this, unless the visit goes on for as long. */
    readonly sustained: Duration
    /**
     * A person's own night: within it no capped moment while they are not engaged. Hours 0–23, `to` not included; none
     * where both are the same.
     */
    readonly quietHours: { readonly from: number; readonly to: number }
    /** Messages that come this late or less are held up on the way; later ones are old. */
    readonly lag: Duration
  }
  /** Consent categories that must all be true where a site stamps consent; empty: consent is not consulted. */
  readonly consent: readonly string[]
}

export const defaultPolicy: Policy = {
  pages: [
    { type: 'pricing', paths: ['/pricing*', '/plans*', '*/pricing', '*/pricing/*'] },
    { type: 'checkout', paths: ['/checkout*', '*/checkout', '*/checkout/*'] },
    { type: 'cart', paths: ['/cart*', '/basket*', '/bag', '*/cart'] },
    { type: 'specs', paths: ['*/specs*', '*/specifications*'] },
    { type: 'product', paths: ['/products/*', '/product/*', '/p/*'] },
    { type: 'listing', paths: ['/collections/*', '/category/*', '/categories/*', '/products'] },
    { type: 'article', paths: ['/blog/*', '/articles/*', '/journal/*', '/guides/*', '/docs/*'] },
    { type: 'home', paths: ['/'] },
  ],
  // Hover counts three times scroll: a hover from 1 s met the eye in 69–91 % of cases, viewport time alone is exposure.
  weights: {
    hover: 3,
    scroll: 1,
    dwell: 2,
    click: 1,
    copy: 1,
    form: 3,
    video: 2,
    pageViewed: 0.2,
    events: {
      'Product List Viewed': 0.2,
      'Product List Filtered': 0.3,
      'Products Searched': 0.5,
      'Promotion Clicked': 0.5,
      'Product Viewed': 0.5,
      'Product Added': 4,
      'Product Added to Wishlist': 2,
      'Wishlist Product Added to Cart': 4,
      'Product Shared': 1,
      'Product Reviewed': 1,
      'Cart Viewed': 1,
      'Cart Shared': 1,
      'Coupon Entered': 1.5,
      'Checkout Started': 6,
      'Checkout Step Viewed': 1,
      'Checkout Step Completed': 2,
      'Payment Info Entered': 3,
      // A click in a mail brings somebody here; an open may be a mail program's own doing and earns nothing.
      'Email Link Clicked': 2,
      'Video Playback Started': 0.5,
      'Video Content Playing': 0.3,
      'Video Playback Completed': 2,
      'Video Content Completed': 1,
      'Signed In': 0.5,
      'Signed Up': 4,
      'Account Created': 4,
      'Trial Started': 4,
      'Invite Sent': 1,
      'File Downloaded': 2,
      'Feature Used': 0.5,
    },
  },
  pageWeights: { pricing: 1.5, checkout: 1.5, specs: 1.5, cart: 1.3, product: 1.2, article: 0.8 },
  saturation: {
    hover: times(3, SECOND),
    // Dwell capped at 30–60 s per page predicts purchase (AUC 0.59–0.62), raw seconds do not (0.47).
    dwell: times(45, SECOND),
    video: times(60, SECOND),
    clicks: 3,
    hoverMinimum: duration(200),
    hoverElements: 2,
  },
  // In-session decay is best at 10–20 minutes on real shop sessions.
  score: { halfLife: times(10, MINUTE), scale: 8 },
  // On a page of weight 1, one hover of 3 s earns 1.9 points (average 0.19: medium), one of 7 s 2.7 (0.27: high).
  levels: { low: 0.08, medium: 0.18, high: 0.26, hysteresis: 0.8, agreement: 0.3 },
  moments: {
    engagementLevel: {
      enabled: true,
      levels: ['medium', 'high'],
      freshFor: times(30, MINUTE),
      cooldown: times(30, MINUTE),
      capped: false,
    },
    pricingIntent: {
      enabled: true,
      pageTypes: ['pricing'],
      dwell: times(90, SECOND),
      freshFor: times(30, MINUTE),
      cooldown: DAY,
      capped: true,
    },
    contentDeepDive: {
      enabled: true,
      pageTypes: ['article'],
      dwell: times(60, SECOND),
      scrollDepth: 0.8,
      freshFor: times(30, MINUTE),
      cooldown: DAY,
      capped: true,
    },
    repeatProductInterest: {
      enabled: true,
      views: 3,
      within: times(14, DAY),
      freshFor: times(30, MINUTE),
      cooldown: times(2, DAY),
      capped: true,
    },
    comparison: {
      enabled: true,
      products: 3,
      within: times(15, MINUTE),
      freshFor: times(30, MINUTE),
      cooldown: DAY,
      capped: true,
    },
    hesitation: {
      enabled: true,
      pageTypes: ['cart', 'checkout'],
      dwell: times(45, SECOND),
      hover: times(3, SECOND),
      freshFor: times(30, MINUTE),
      cooldown: DAY,
      capped: true,
    },
    cartAbandoned: { enabled: true, after: times(30, MINUTE), freshFor: times(6, HOUR), cooldown: DAY, capped: true },
    checkoutAbandoned: {
      enabled: true,
      after: times(30, MINUTE),
      freshFor: times(6, HOUR),
      cooldown: DAY,
      capped: true,
    },
    formAbandoned: { enabled: true, after: times(10, MINUTE), freshFor: times(6, HOUR), cooldown: DAY, capped: true },
    // 60 s after the last sign of life and 30 s more, in which a quick return is no exit.
    sessionExited: {
      enabled: true,
      after: times(90, SECOND),
      minimumActive: times(20, SECOND),
      freshFor: times(30, MINUTE),
      cooldown: times(30, MINUTE),
      capped: false,
    },
    contentDownloaded: { enabled: true, freshFor: times(30, MINUTE), cooldown: MINUTE, capped: false },
    featureAdoptionStalled: {
      enabled: true,
      after: times(5, MINUTE),
      freshFor: times(6, HOUR),
      cooldown: DAY,
      capped: true,
    },
    reengaged: {
      enabled: true,
      away: times(14, DAY),
      freshFor: times(30, MINUTE),
      cooldown: times(7, DAY),
      capped: true,
    },
  },
  customMoments: [],
  sequences: defaultSequences,
  escalation: { lifetimeValue: 1000, pace: 0.5 },
  segments: [],
  caps: [
    { limit: 3, within: times(48, HOUR) },
    { limit: 3, within: times(7, DAY) },
  ],
  traits: { prefix: 'inkling_', scoreStep: 5 },
  restraint: {
    // One decisive flag, or two strong ones together.
    automation: 0.8,
    afterOrder: DAY,
    cooldownByLevel: { none: 1, low: 1, medium: 1, high: 0.5 },
    cooldownByTrend: { rising: 0.75, steady: 1, falling: 1.5 },
    // Not what only leads to an order: a cart is followed up by its own moment.
    highValue: { events: ['Order Completed', 'Signed Up', 'Account Created', 'Trial Started'], cooldown: 2 },
    // Who is gone within seconds came by mistake.
    sustained: times(5, SECOND),
    quietHours: { from: 22, to: 7 },
    // As long as a cart waits: what comes later than that is old news, not a slow network.
    lag: times(30, MINUTE),
  },
  consent: [],
}
