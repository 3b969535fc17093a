/** What a message changes in a profile before anything is decided. */
import type { HighValue } from './fact.ts'
import { clip } from './fields.ts'
import { continueVisit, viewPage, viewProduct } from './history.ts'
import { learn } from './identity.ts'
import { addInterest } from './interest.ts'
import type { Message } from './message.ts'
import { clippedPage, type Look, lastPage } from './observation.ts'
import { observeCart } from './observe-cart.ts'
import { observeEngagement } from './observe-engagement.ts'
import { useFeature } from './observe-feature.ts'
import { pageTypeOf } from './page-type.ts'
import { learnCircumstances } from './person.ts'
import type { Policy } from './policy.ts'
import { type Draft, keepBarred } from './profile.ts'
import { addToBalance } from './score.ts'
import { type Signal, toSignal } from './signal.ts'
import { EVENT_KINDS, standardName } from './standard-events.ts'
import { type Duration, duration, eventTime, since } from './time.ts'
import { addPoints, addToRollups, NO_POINTS, type Points, pointsFor, totalOf } from './window.ts'

export interface Observation {
  readonly signal: Signal
  readonly earned: Points
}

/** @param state - takes in what the message changes: only members are replaced, never changed. */
export function observe(state: Draft, message: Message, policy: Policy): Observation {
  const event = message.type === 'track' && message.event !== undefined ? standardName(message.event) : undefined
  const signal = toSignal(message, event)
  const look: Look = { state, message, event, policy }
  const earned = addPoints(observeSignal(look, signal), worthOfEvent(look))
  observeAnyway(look, signal)
  const points = totalOf(earned)
  if (points > 0) {
    state.balance = addToBalance(state.balance, message.timestamp, points, policy.score)
    state.rollups = addToRollups(state.rollups, message.timestamp, earned)
  }
  return { signal, earned }
}

/** What every message may change, whatever it says. */
function observeAnyway(look: Look, signal: Signal): void {
  const { state, message, policy } = look
  const at = message.timestamp
  state.lastSeen = eventTime(Math.max(state.lastSeen, at))
  // What a server tells at night is no visit; what the person does is.
  if (signal.kind !== 'none' && signal.kind !== 'silenced' && signal.kind !== 'permission_read') {
    const { number } = state.visit
    state.visit = continueVisit(state.visit, at)
    if (state.visit.number !== number) state.visitLevel = 'none'
  }
  state.known = learn(state.known, message)
  state.circumstances = learnCircumstances(state.circumstances, message)
  state.consent = neededConsent(message, policy) ?? state.consent
  state.lag = lagOf(message, policy)
  state.lastHighValue = highValue(look)
}

/** @returns the points it earned. */
function observeSignal(look: Look, signal: Signal): Points {
  const { state, message, policy } = look
  const at = message.timestamp
  switch (signal.kind) {
    case 'none':
    case 'event':
    case 'downloaded':
      return NO_POINTS
    case 'page_viewed':
      state.lastPage = lastPage(state.lastPage, clippedPage(message), at)
      state.views = viewPage(state.views, signal.pageType ?? pageTypeOf(message, policy), at)
      return pointsFor('visit', policy.weights.pageViewed)
    case 'engagement':
      return observeEngagement(look, signal)
    case 'product_viewed': {
      const { product } = signal
      const isNewest = state.lastProduct === undefined || state.lastProduct.at <= at
      if (isNewest) state.lastProduct = { ...product, at }
      state.views = viewProduct(state.views, product.id, at)
      state.interests = addInterest(state.interests, product.category ?? product.name ?? product.id, 1, at)
      return NO_POINTS
    }
    case 'cart':
      observeCart(look, signal)
      return NO_POINTS
    case 'feature_used':
      state.features = useFeature(state.features, signal.feature, at)
      return NO_POINTS
    case 'silenced':
      state.silenced = { silence: signal.silence, at }
      return NO_POINTS
    case 'permission_read': {
      const { platform, mayEmail, reason } = signal
      // What was barred by an unsubscription that reached us stays so, whatever a platform says.
      const others = (state.barred ?? []).filter(each => each.platform !== platform)
      state.barred = mayEmail ? others : keepBarred([...others, { platform, reason, at }])
      return NO_POINTS
    }
    default:
      return signal satisfies never
  }
}

/** What a track event earns by its name alone. */
function worthOfEvent({ event, policy: { weights } }: Look): Points {
  if (event === undefined) return NO_POINTS
  const points = Object.hasOwn(weights.events, event) ? weights.events[event] : undefined
  return points === undefined || points === 0 ? NO_POINTS : pointsFor(EVENT_KINDS[event] ?? 'visit', points)
}

/** How long it was held up on the way; what comes later than that is old, not held up. */
function lagOf({ timestamp, receivedAt }: Message, { restraint }: Policy): Duration {
  const late = since(timestamp, receivedAt)
  return late > 0 && late <= restraint.lag ? late : duration(0)
}

function highValue({ state: { lastHighValue }, message, event, policy }: Look): HighValue | undefined {
  const at = message.timestamp
  const name = clip(event)
  if (name === undefined || !policy.restraint.highValue.events.includes(name)) return lastHighValue
  return lastHighValue !== undefined && lastHighValue.at > at ? lastHighValue : { event: name, at }
}

/** Only the categories the policy asks for are kept: a sender may stamp any number of others. */
function neededConsent({ context: { consent } }: Message, policy: Policy): Draft['consent'] {
  if (consent === undefined || policy.consent.length === 0) return undefined
  return Object.fromEntries(policy.consent.map(category => [category, consent[category] === true]))
}
