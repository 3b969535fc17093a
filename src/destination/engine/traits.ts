/** The computed traits: one table says each name, meaning and unit, when it is written and how it is read off a state. */
import { cartValue, itemCount } from './cart.ts'
import type { FlatProperties } from './fact.ts'
import { hintFor, hintReason } from './hint.ts'
import { topInterest } from './interest.ts'
import type { Policy } from './policy.ts'
import type { ProfileState } from './profile.ts'
import { pointsAt, scoreOf } from './score.ts'
import { bestHour, sendWindow } from './send-time.ts'
import { DAY, type EventTime, since, times } from './time.ts'
import { trendOf } from './window.ts'

type Value = string | number | boolean | null

export interface TraitDefinition {
  readonly name: string
  readonly type: 'number' | 'text' | 'time'
  readonly meaning: string
  /** `prompt`: a material change is written at once; `along`: written together with the next prompt one. */
  readonly written: 'prompt' | 'along'
  /** undefined: nothing to say yet. */
  readonly read: (state: ProfileState, now: EventTime, policy: Policy) => Value | undefined
  /** Whether the change is worth a write; any difference, where absent. */
  readonly material?: (before: Value, after: Value, policy: Policy) => boolean
}

/** Two looks at one product within the last days, or the pricing page: more than browsing. */
const CONSIDERING_WITHIN = times(3, DAY)

function intentOf(state: ProfileState, now: EventTime): string {
  if (state.cart !== undefined) return 'buying'
  const orderedAt = state.lastOrder?.at ?? 0
  const products: string[] = []
  for (const { of, name, at } of state.views) {
    if (since(at, now) >= CONSIDERING_WITHIN || at <= orderedAt) continue
    if (of === 'page' ? name === 'pricing' : products.includes(name)) return 'considering'
    if (of === 'product') products.push(name)
  }
  return 'browsing'
}

/** @returns 0–100, as it is written. */
export function currentScore(state: ProfileState, now: EventTime, policy: Policy): number {
  return Math.round(scoreOf(pointsAt(state.balance, now, policy.score), policy.score))
}

const iso = (time: EventTime | undefined) => (time === undefined ? undefined : new Date(time).toISOString())
/** A trait that once had a value is cleared by `null`, else left alone. */
const cleared = (state: ProfileState, name: string) => (state.written[name] == null ? undefined : null)

export const TRAITS: readonly TraitDefinition[] = [
  {
    name: 'score',
    type: 'number',
    meaning: 'Engagement now, 0–100; halves about every ten minutes without activity.',
    written: 'prompt',
    read: currentScore,
    material: (before, after, policy) =>
      Math.abs(Number(after) - Number(before)) >= policy.traits.scoreStep || (after === 0 && before !== 0),
  },
  {
    name: 'level',
    type: 'text',
    meaning: 'none, low, medium or high: the last five minutes against the thresholds.',
    written: 'prompt',
    read: state => state.level,
  },
  {
    name: 'trend',
    type: 'text',
    meaning: 'rising, steady or falling: the latter half of the last five minutes against the former.',
    written: 'along',
    read: (state, now) => trendOf(state.rollups, now),
  },
  {
    name: 'intent',
    type: 'text',
    meaning: 'buying (cart or checkout), considering (pricing, or one product again and again) or browsing.',
    written: 'prompt',
    read: intentOf,
  },
  {
    name: 'hint',
    type: 'text',
    meaning: 'What kind of message would fit: reassure, raise_urgency, go_deeper, reduce_pressure or nurture.',
    written: 'along',
    read: state => hintFor(state) ?? cleared(state, 'hint'),
  },
  {
    name: 'hint_reason',
    type: 'text',
    meaning: 'Why that hint, in a sentence.',
    written: 'along',
    read: state => hintReason(state) ?? cleared(state, 'hint_reason'),
  },
  {
    name: 'top_interest',
    type: 'text',
    meaning: 'Category or product they cared about most over the last weeks.',
    written: 'along',
    read: state => topInterest(state.interests),
  },
  {
    name: 'last_product',
    type: 'text',
    meaning: 'Id of the product last viewed or added.',
    written: 'prompt',
    read: state => state.lastProduct?.id,
  },
  {
    name: 'last_product_name',
    type: 'text',
    meaning: 'Its name.',
    written: 'along',
    read: state => state.lastProduct?.name,
  },
  {
    name: 'last_product_url',
    type: 'text',
    meaning: 'Its page.',
    written: 'along',
    read: state => state.lastProduct?.url,
  },
  {
    name: 'last_product_price',
    type: 'number',
    meaning: 'Its price.',
    written: 'along',
    read: state => state.lastProduct?.price,
  },
  {
    name: 'last_viewed_at',
    type: 'time',
    meaning: 'When it was viewed (ISO 8601).',
    written: 'along',
    read: state => iso(state.lastProduct?.at),
  },
  {
    name: 'cart_value',
    type: 'number',
    meaning: 'Price times quantity over the cart, in its currency; null without a cart.',
    written: 'prompt',
    read: state => (state.cart ? cartValue(state.cart.lines) : cleared(state, 'cart_value')),
  },
  {
    name: 'cart_item_count',
    type: 'number',
    meaning: 'Pieces in the cart; null without a cart.',
    written: 'prompt',
    read: state => (state.cart ? itemCount(state.cart.lines) : cleared(state, 'cart_item_count')),
  },
  {
    name: 'cart_last_item',
    type: 'text',
    meaning: 'Name of the product last put into the cart; null without a cart.',
    written: 'prompt',
    read: state => {
      const last = state.cart?.lines.at(-1)
      return last ? (last.name ?? last.id) : cleared(state, 'cart_last_item')
    },
  },
  {
    name: 'last_page',
    type: 'text',
    meaning: 'Title of the page last seen.',
    written: 'along',
    read: state => state.lastPage?.title ?? state.lastPage?.url,
  },
  {
    name: 'time_spent_s',
    type: 'number',
    meaning: 'Active seconds over all visits.',
    written: 'along',
    read: state => Math.round(state.timeSpentMs / 1000),
  },
  {
    name: 'send_window',
    type: 'text',
    meaning:
      'morning (7–9), afternoon (14–16) or evening (19–21): nearest to when they usually visit; from the third visit.',
    written: 'along',
    read: state => sendWindow(state.hours),
  },
  {
    name: 'best_send_hour',
    type: 'number',
    meaning: 'Hour of their own day they visit most, 0–23; from the third visit.',
    written: 'along',
    read: state => bestHour(state.hours),
  },
  {
    name: 'local_hour',
    type: 'number',
    meaning: 'The hour of their own day when last seen, 0–23.',
    written: 'along',
    read: state => state.localHour,
  },
  {
    name: 'device',
    type: 'text',
    meaning: 'desktop, mobile or tablet, as last seen.',
    written: 'along',
    read: state => state.device,
  },
]

const PROMPT = TRAITS.filter(({ written }) => written === 'prompt')

/**
 * What changed since the traits were last handed to the outbox.
 *
 * @returns unprefixed names to values, or undefined when nothing changed that is worth a write of its own.
 */
export function changedTraits(state: ProfileState, now: EventTime, policy: Policy): FlatProperties | undefined {
  const isPrompt = PROMPT.some(({ name, read, material }) => {
    const before = state.written[name]
    const after = read(state, now, policy)
    if (after === undefined || after === before) return false
    return before == null || after === null || (material?.(before, after, policy) ?? true)
  })
  // Most messages change nothing that is written at once; the others need not be worked out for them.
  if (!isPrompt) return undefined
  const changes: Record<string, Value> = {}
  for (const { name, read } of TRAITS) {
    const after = read(state, now, policy)
    if (after !== undefined && after !== state.written[name]) changes[name] = after
  }
  return changes
}

/** All traits as they now are, for an event that fires: its flow may read any of them. */
export function currentTraits(state: ProfileState, now: EventTime, policy: Policy): FlatProperties {
  const traits: Record<string, Value> = {}
  for (const { name, read } of TRAITS) {
    const value = read(state, now, policy)
    if (value !== undefined) traits[name] = value
  }
  return traits
}

/**
 * What was handed to the outbox for two profiles that turned out to be one. Where they disagree, nobody knows whose value
 * the platform shows last, for some of it may still wait: the one that is not true now is kept, so that the true one
 * counts as a change and is written anew.
 */
export function mergeWritten(state: ProfileState, other: FlatProperties, policy: Policy): FlatProperties {
  const written: Record<string, Value> = { ...other, ...state.written }
  for (const { name, read } of TRAITS) {
    const values = [state.written[name], other[name]].filter(value => value !== undefined)
    const untrue = values.find(value => {
      const now = read({ ...state, written: { ...written, [name]: value } }, state.lastSeen, policy)
      return now !== undefined && now !== value
    })
    if (values.length === 2 && values[0] !== values[1] && untrue !== undefined) written[name] = untrue
  }
  return written
}
