/** Whether a condition holds, of a state after an input. */
import { cartValue, itemCount } from './cart.ts'
import type { Condition, Expectation, Range } from './condition.ts'
import { countLooks } from './history.ts'
import { NO_HOVERS } from './hovers.ts'
import type { Input } from './input.ts'
import { matchesPath } from './page-type.ts'
import type { PageView } from './page-view.ts'
import type { Policy } from './policy.ts'
import type { ProfileState } from './profile.ts'
import { standardName } from './standard-events.ts'
import { since } from './time.ts'
import { traitNow } from './traits.ts'

/** What conditions are asked of: a state after an input, and the page view it concerns. */
export interface Situation {
  readonly state: ProfileState
  readonly input: Input
  readonly page: PageView | undefined
  readonly policy: Policy
}

export function holds(condition: Condition, situation: Situation): boolean {
  const { state, input, page } = situation
  switch (condition.kind) {
    case 'page':
      return page !== undefined && condition.types.includes(page.type)
    case 'path': {
      const path = pathOf(page?.url)
      return path !== undefined && condition.patterns.some(pattern => matchesPath(pattern, path))
    }
    case 'dwell':
      return page !== undefined && within(page.totals.activeMs, condition.range)
    case 'scroll':
      return page !== undefined && within(page.totals.scrollDepth, condition.range)
    case 'hover': {
      const { elements, ms } = page?.totals.hovers ?? NO_HOVERS
      const asked = ms.filter((_, place) => condition.element === undefined || elements[place] === condition.element)
      return within(Math.max(0, ...asked), condition.range)
    }
    case 'clicks':
      return page !== undefined && within(page.totals.clicks, condition.range)
    case 'cart':
      return cartFits(condition, state)
    case 'event':
      return eventFits(condition, input)
    case 'trait':
      return fits(condition.expected, traitOf(condition.name, situation))
    case 'device':
      return state.device !== undefined && condition.devices.includes(state.device)
    case 'local_time': {
      const { from, to } = condition
      const hour = state.localHour
      if (hour === undefined) return false
      return from <= to ? hour >= from && hour < to : hour >= from || hour < to
    }
    case 'viewed':
      return within(viewsOf(condition, situation), condition.times)
    case 'ordered':
      return (
        (state.lastOrder !== undefined && since(state.lastOrder.at, input.at) < condition.within) === condition.expected
      )
    case 'visits':
      return within(state.visit.number, condition.range)
    default:
      return condition satisfies never
  }
}

function cartFits({ value, items, empty }: Extract<Condition, { kind: 'cart' }>, { cart }: ProfileState): boolean {
  const lines = cart?.lines ?? []
  if (empty !== undefined && empty !== (lines.length === 0)) return false
  return (
    (value === undefined || within(cartValue(lines), value)) && (items === undefined || within(itemCount(lines), items))
  )
}

function eventFits({ name, properties }: Extract<Condition, { kind: 'event' }>, input: Input): boolean {
  if (input.kind !== 'message' || input.message.event === undefined) return false
  const { event, properties: found } = input.message
  if (event !== name && standardName(event) !== name) return false
  return Object.entries(properties).every(([property, expected]) => fits(expected, found[property]))
}

function viewsOf(
  { of, name, within: span }: Extract<Condition, { kind: 'viewed' }>,
  { state, input }: Situation,
): number {
  const from = input.at - span
  const looks = of === 'page' ? state.views.pages : state.views.products
  if (name !== undefined) return countLooks(looks, name, from)
  // Any product: the one looked at most.
  return Math.max(0, ...looks.names.map(each => countLooks(looks, each, from)))
}

function traitOf(name: string, { state, input, policy }: Situation): unknown {
  const { circumstances } = state
  switch (name) {
    case 'clv':
      return circumstances.lifetimeValue
    case 'orders':
      return circumstances.orders
    case 'lifecycle':
      return circumstances.lifecycle
    case 'plan':
      return circumstances.plan
    case 'employees':
      return circumstances.employees
    case 'campaign_source':
      return circumstances.campaignSource
    case 'campaign_name':
      return circumstances.campaignName
    default:
      return traitNow(name, state, input.at, policy)
  }
}

/** What is not known fits no expectation. Numbers written as text count as numbers. */
function fits(expected: Expectation, found: unknown): boolean {
  if (found === undefined || found === null) return false
  if (expected.kind === 'one_of') return expected.values.some(value => value === found || String(value) === found)
  const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found
  return typeof number === 'number' && Number.isFinite(number) && within(number, expected.range)
}

function within(
  value: number,
  { atLeast = Number.NEGATIVE_INFINITY, under = Number.POSITIVE_INFINITY }: Range,
): boolean {
  return value >= atLeast && value < under
}

function pathOf(url: string | undefined): string | undefined {
  return url === undefined || !URL.canParse(url) ? undefined : new URL(url).pathname
}
