/** What setting up a platform is made of: what is wanted, how it is gone about, and what is told of each thing. Words only. */
export type ValueType = 'number' | 'text' | 'time'

/** What we write, and so what must be known to the platform. */
export interface Wanted {
  /** Names with their prefix. */
  readonly traits: readonly { readonly name: string; readonly type: ValueType; readonly meaning: string }[]
  readonly moments: readonly {
    readonly name: string
    readonly properties: readonly { readonly name: string; readonly type: ValueType }[]
  }[]
}

/** What was found or done about one thing; `what` names it. */
export type Step =
  | { readonly kind: 'made' | 'missing' | 'there'; readonly what: string }
  /** It is there, and is not what we need. Left as it is. */
  | { readonly kind: 'differs'; readonly what: string; readonly why: string }
  | { readonly kind: 'failed'; readonly what: string; readonly why: string }
  /** The account has no such things, or the key may not make them; writing works without. */
  | { readonly kind: 'none'; readonly what: string; readonly why: string }
  /** Something to read, after all else. */
  | { readonly kind: 'told'; readonly text: string }

export interface SetupOptions {
  /** Only looks. */
  readonly dryRun: boolean
  /** Whether drafts of flows are made too. Default false. */
  readonly flows?: boolean
  /** Who the first events are about, instead of a profile that is nobody. */
  readonly address?: string
  /** Waits, ms. Default the real clock. */
  readonly pause?: (ms: number) => Promise<void>
}

/** The flows we draft, by what starts them. */
export const FLOWS = {
  cart: { name: 'Inkling: cart recovery', moment: 'Cart Abandoned' },
  pricing: { name: 'Inkling: pricing intent', moment: 'Pricing Intent Detected' },
  levels: { name: 'Inkling: engagement levels', moment: 'Engagement Level Reached' },
} as const
