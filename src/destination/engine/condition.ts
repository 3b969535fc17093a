/** Conditions as data: what a custom moment or a segment asks of a person. */
import type { Duration } from './time.ts'

/** A number from `atLeast` (included) to `under` (not included); either may be absent. */
export interface Range {
  readonly atLeast?: number
  readonly under?: number
}

/** What a value must be: one of some, or a number in a range. */
export type Expectation =
  | { readonly kind: 'one_of'; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: 'range'; readonly range: Range }

export type Condition =
  | { readonly kind: 'page'; readonly types: readonly string[] }
  | { readonly kind: 'path'; readonly patterns: readonly string[] }
  /** Active time on this page view, ms. */
  | { readonly kind: 'dwell'; readonly range: Range }
  /** Share of this page seen, 0–1. */
  | { readonly kind: 'scroll'; readonly range: Range }
  /** Longest hover on this page, or on one element of it, ms. */
  | { readonly kind: 'hover'; readonly element?: string; readonly range: Range }
  | { readonly kind: 'clicks'; readonly range: Range }
  | { readonly kind: 'cart'; readonly value?: Range; readonly items?: Range; readonly empty?: boolean }
  /** The message itself: a track event, with expectations of its properties. */
  | { readonly kind: 'event'; readonly name: string; readonly properties: Readonly<Record<string, Expectation>> }
  /** A computed trait, or what the company told of the person. */
  | { readonly kind: 'trait'; readonly name: string; readonly expected: Expectation }
  | { readonly kind: 'device'; readonly devices: readonly string[] }
  /** The person's own hour, `from` included, `to` not; may run past midnight. */
  | { readonly kind: 'local_time'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'viewed'
      readonly of: 'page' | 'product'
      readonly name?: string
      readonly times: Range
      readonly within: Duration
    }
  | { readonly kind: 'ordered'; readonly within: Duration; readonly expected: boolean }
  | { readonly kind: 'visits'; readonly range: Range }

/** What the company tells of a person, by the names a configuration may use. */
export const TOLD_TRAITS = [
  'clv',
  'orders',
  'lifecycle',
  'plan',
  'employees',
  'campaign_source',
  'campaign_name',
] as const
