/** What a message changes in a profile before anything is decided. */
import { applyAct, type Cart } from './cart.ts'
import type { Observed } from './fact.ts'
import { clip, link } from './fields.ts'
import { learn } from './identity.ts'
import type { Message } from './message.ts'
import { pageTypeOf } from './page-type.ts'
import { gain, mergeTotals, noTotals, type PageView, worth } from './page-view.ts'
import type { Policy } from './policy.ts'
import { keepLatest, type ProfileState } from './profile.ts'
import { addToBalance } from './score.ts'
import { type Signal, toSignal } from './signal.ts'
import { type EventTime, eventTime } from './time.ts'
import { addToRollups, type Points, totalOf } from './window.ts'

export interface Observation {
  readonly changes: Observed
  readonly earned: Points
}

export function observe(state: ProfileState, message: Message, policy: Policy): Observation {
  const signal = toSignal(message)
  const { changes, earned } = observeSignal(state, signal, message, policy)
  const at = message.timestamp
  const known = learn(state.known, message)
  const consent = neededConsent(message, policy)
  return {
    earned,
    changes: {
      ...changes,
      lastSeen: eventTime(Math.max(state.lastSeen, at)),
      ...(known !== state.known && { known }),
      ...(consent !== undefined && { consent }),
      ...(totalOf(earned) > 0 && {
        balance: addToBalance(state.balance, at, totalOf(earned), policy.score),
        rollups: addToRollups(state.rollups, at, earned),
      }),
    },
  }
}

type Seen = { readonly changes: Omit<Observed, 'lastSeen'>; readonly earned: Points }

function observeSignal(state: ProfileState, signal: Signal, message: Message, policy: Policy): Seen {
  switch (signal.kind) {
    case 'none':
      return { changes: {}, earned: {} }
    case 'page_viewed':
      return { changes: lastPage(state, message), earned: { visit: policy.weights.pageViewed } }
    case 'engagement':
      return observeEngagement(state, signal, message, policy)
    case 'product_viewed':
      return {
        changes: newest(state.lastProduct, message.timestamp)
          ? { lastProduct: { ...signal.product, at: message.timestamp } }
          : {},
        earned: { visit: policy.weights.productViewed },
      }
    case 'cart':
      return observeCart(state, signal, message, policy)
    default:
      return signal satisfies never
  }
}

function observeEngagement(
  state: ProfileState,
  signal: Extract<Signal, { kind: 'engagement' }>,
  message: Message,
  policy: Policy,
): Seen {
  const at = message.timestamp
  const seen = state.pageViews.find(({ id }) => id === signal.pageViewId)
  // Its totals were let go to make room: counted from zero again they would count twice.
  if (seen === undefined && state.forgottenViews.includes(signal.pageViewId)) return { changes: {}, earned: {} }
  const before = seen?.totals ?? noTotals
  const totals = mergeTotals(before, signal.totals)
  const type = signal.pageType ?? seen?.type ?? pageTypeOf(message, policy)
  const { url, title } = clipped(message)
  const page: PageView = {
    id: signal.pageViewId,
    at: eventTime(Math.max(seen?.at ?? 0, at)),
    type,
    totals,
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
  }
  return {
    earned: gain(worth(before, type, policy), worth(totals, type, policy)),
    changes: {
      ...lastPage(state, message),
      ...keepLatest(state.pageViews.filter(({ id }) => id !== page.id).concat(page), state.forgottenViews),
      timeSpentMs: state.timeSpentMs + totals.activeMs - before.activeMs,
      automated: state.automated || signal.automated,
      ...(signal.device !== undefined && { device: signal.device }),
    },
  }
}

function observeCart(
  state: ProfileState,
  signal: Extract<Signal, { kind: 'cart' }>,
  message: Message,
  policy: Policy,
): Seen {
  const at = message.timestamp
  const { act, checkout } = signal
  const earned: Points =
    act.kind === 'added'
      ? { commerce: policy.weights.productAdded }
      : checkout
        ? { commerce: policy.weights.checkoutStarted }
        : {}
  // An act older than the last one known, an order above all, says nothing about the cart as it is.
  if (at < Math.max(state.cart?.changedAt ?? 0, state.cartEmptiedAt)) return { changes: {}, earned }
  const lines = applyAct(state.cart?.lines ?? [], act)
  const currency = signal.currency ?? state.cart?.currency
  const cart: Cart = { lines, changedAt: at, cause: message.messageId, ...(currency !== undefined && { currency }) }
  const product = act.kind === 'added' && newest(state.lastProduct, at) ? { lastProduct: { ...act.line, at } } : {}
  return { earned, changes: lines.length === 0 ? { cart: null, cartEmptiedAt: at } : { ...product, cart } }
}

function lastPage(state: ProfileState, message: Message): Pick<Observed, 'lastPage'> {
  const { timestamp } = message
  const page = clipped(message)
  if ((page.url === undefined && page.title === undefined) || !newest(state.lastPage, timestamp)) return {}
  const { url, title } = page
  return { lastPage: { at: timestamp, ...(url !== undefined && { url }), ...(title !== undefined && { title }) } }
}

function clipped({ context: { page } }: Message): { readonly url?: string; readonly title?: string } {
  const url = link(page.url)
  const title = clip(page.title)
  return { ...(url !== undefined && { url }), ...(title !== undefined && { title }) }
}

/** Only the categories the policy asks for are kept: a sender may stamp any number of others. */
function neededConsent({ context: { consent } }: Message, policy: Policy): Observed['consent'] {
  if (consent === undefined || policy.consent.length === 0) return undefined
  return Object.fromEntries(policy.consent.map(category => [category, consent[category] === true]))
}

function newest(known: { readonly at: EventTime } | undefined, at: EventTime): boolean {
  return known === undefined || known.at <= at
}
