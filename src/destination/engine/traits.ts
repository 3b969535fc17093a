/** The computed traits: one table says each name, meaning and unit, when it is written and how it is read off a state. */
import { cartValue, itemCount } from './cart.ts'
import type { FlatProperties, Missed } from './fact.ts'
import { hintFor, hintReason } from './hint.ts'
import { countLooks } from './history.ts'
import { topInterest } from './interest.ts'
import type { Policy } from './policy.ts'
import type { ProfileState } from './profile.ts'
import { pointsAt, scoreOf } from './score.ts'
import { bestHour, sendWindow } from './send-time.ts'
import { DAY, type EventTime, times } from './time.ts'
import { trendOf } from './window.ts'
import {
  placeOf,
  type TraitName,
  type TraitValue,
  told,
  type Written,
  write,
  writtenAt,
  writtenTraits,
} from './written.ts'

export interface TraitDefinition {
  readonly name: TraitName
  readonly type: 'number' | 'text' | 'time'
  readonly meaning: string
  /** `prompt`: a material change is written at once; `along`: written together with the next prompt one. */
  readonly written: 'prompt' | 'along'
  /** A time in ms since the epoch; undefined: nothing to say yet. */
  readonly read: (state: ProfileState, now: EventTime, policy: Policy) => TraitValue | undefined
  /** Where there is nothing to say any more, what was written is cleared by `null`; else it is left alone. */
  readonly clears?: true
  /** Whether the change is worth a write; any difference, where absent. */
  readonly material?: (before: TraitValue, after: TraitValue, policy: Policy) => boolean
}

/** Two looks at one product within the last days, or the pricing page: more than browsing. */
const CONSIDERING_WITHIN = times(3, DAY)

function intentOf(state: ProfileState, now: EventTime): string {
  if (state.cart !== undefined) return 'buying'
  // An order ends the story; what was looked at before it does not count.
  const from = Math.max(now - CONSIDERING_WITHIN, state.lastOrder?.at ?? 0)
  const { pages, products } = state.views
  if (countLooks(pages, 'pricing', from + 1) > 0) return 'considering'
  for (let place = products.names.length - 1; place > 0 && (products.times[place] ?? 0) > from; place -= 1)
    if (countLooks(products, products.names[place] ?? '', from + 1) > 1) return 'considering'
  return 'browsing'
}

/** An order makes up for whatever was missed before it, and so does a moment that fires. */
function missedOf({ missed, lastOrder, fired }: ProfileState): Missed | undefined {
  if (missed === undefined || (lastOrder !== undefined && lastOrder.at >= missed.at)) return undefined
  return fired.some(({ capped, at }) => capped && at >= missed.at) ? undefined : missed
}

/** @returns 0–100, as it is written. */
export function currentScore(state: ProfileState, now: EventTime, policy: Policy): number {
  return Math.round(scoreOf(pointsAt(state.balance, now, policy.score), policy.score))
}

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
    read: hintFor,
    clears: true,
  },
  {
    name: 'hint_reason',
    type: 'text',
    meaning: 'Why that hint, in a sentence.',
    written: 'along',
    read: hintReason,
    clears: true,
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
    read: state => state.lastProduct?.at,
  },
  {
    name: 'cart_value',
    type: 'number',
    meaning: 'Price times quantity over the cart, in its currency; null without a cart.',
    written: 'prompt',
    read: ({ cart }) => cart && cartValue(cart.lines),
    clears: true,
  },
  {
    name: 'cart_item_count',
    type: 'number',
    meaning: 'Pieces in the cart; null without a cart.',
    written: 'prompt',
    read: ({ cart }) => cart && itemCount(cart.lines),
    clears: true,
  },
  {
    name: 'cart_last_item',
    type: 'text',
    meaning: 'Name of the product last put into the cart; null without a cart.',
    written: 'prompt',
    read: ({ cart }) => {
      const last = cart?.lines.at(-1)
      return last && (last.name ?? last.id)
    },
    clears: true,
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
  {
    name: 'missed_moment',
    type: 'text',
    meaning: 'The moment that came too late to fire, and that a slower flow may make up for; null once something has.',
    written: 'prompt',
    read: state => missedOf(state)?.moment,
    clears: true,
  },
  {
    name: 'missed_at',
    type: 'time',
    meaning: 'When it happened (ISO 8601); null with it.',
    written: 'prompt',
    read: state => missedOf(state)?.at,
    clears: true,
  },
]

/** Each with its place among what was written. */
const ROWS = TRAITS.map(trait => ({ ...trait, clears: trait.clears ?? false, place: placeOf(trait.name) }))
type Row = (typeof ROWS)[number]
const PROMPT = ROWS.filter(({ written }) => written === 'prompt')

interface Reading {
  readonly state: ProfileState
  readonly now: EventTime
  readonly policy: Policy
}

/**
 * What changed since the traits were last handed to the outbox.
 *
 * @returns unprefixed names to values, or undefined when nothing changed that is worth a write of its own.
 */
export function changedTraits(state: ProfileState, now: EventTime, policy: Policy): FlatProperties | undefined {
  const reading = { state, now, policy }
  // Many messages change nothing that is written at once; the others need not be worked out for them.
  if (!isWorthWriting(reading)) return undefined
  const changes: Record<string, TraitValue> = {}
  for (const row of ROWS) {
    const before = writtenAt(state.written, row.place)
    const after = valueNow(row, reading, before)
    if (after !== undefined && after !== before) changes[row.name] = told(after, row.place)
  }
  return changes
}

function isWorthWriting(reading: Reading): boolean {
  for (const row of PROMPT) if (isPrompt(row, reading)) return true
  return false
}

function isPrompt(row: Row, reading: Reading): boolean {
  const before = writtenAt(reading.state.written, row.place)
  const after = valueNow(row, reading, before)
  if (after === undefined || after === before) return false
  return before == null || after === null || (row.material?.(before, after, reading.policy) ?? true)
}

/** @returns the value it should have, given what was written; undefined: nothing to say. */
function valueNow({ read, clears }: Row, { state, now, policy }: Reading, before: TraitValue | undefined) {
  const value = read(state, now, policy)
  return value === undefined && clears && before != null ? null : value
}

/** @returns a trait as it is now, as a platform would get it; undefined for what is none, and where there is nothing to say. */
export function traitNow(name: string, state: ProfileState, now: EventTime, policy: Policy): TraitValue | undefined {
  const row = ROWS.find(trait => trait.name === name)
  const value = row?.read(state, now, policy)
  return row === undefined || value === undefined ? undefined : told(value, row.place)
}

/** All traits as they now are, for an event that fires: its flow may read any of them. */
export function currentTraits(state: ProfileState, now: EventTime, policy: Policy): FlatProperties {
  const traits: Record<string, TraitValue> = {}
  for (const row of ROWS) {
    const value = valueNow(row, { state, now, policy }, writtenAt(state.written, row.place))
    if (value !== undefined) traits[row.name] = told(value, row.place)
  }
  return traits
}

/**
 * What was handed to the outbox for two profiles that turned out to be one. Where they disagree, nobody knows whose value
 * the platform shows last, for some of it may still wait: the one that is not true now is kept, so that the true one
 * counts as a change and is written anew.
 */
export function mergeWritten(state: ProfileState, other: Written, policy: Policy): Written {
  const reading = { state, now: state.lastSeen, policy }
  const merged = write(other, writtenTraits(state.written))
  const disputed: Record<string, TraitValue> = {}
  for (const row of ROWS) {
    const [one, another] = [writtenAt(state.written, row.place), writtenAt(other, row.place)]
    if (one === undefined || another === undefined || one === another) continue
    const untrue = [one, another].find(value => {
      const now = valueNow(row, reading, value)
      return now !== undefined && now !== value
    })
    if (untrue !== undefined) disputed[row.name] = told(untrue, row.place)
  }
  return write(merged, disputed)
}
