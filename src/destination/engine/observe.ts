/** What a message changes in a profile before anything is decided. */
import type { Observed } from './fact.ts'
import { clip } from './fields.ts'
import { continueVisit, viewPage, viewProduct } from './history.ts'
import { learn } from './identity.ts'
import { addInterest } from './interest.ts'
import type { Message } from './message.ts'
import { clippedPage, type Look, lastPage, nothingChanged } from './observation.ts'
import { observeCart } from './observe-cart.ts'
import { observeEngagement } from './observe-engagement.ts'
import { useFeature } from './observe-feature.ts'
import { pageTypeOf } from './page-type.ts'
import { learnCircumstances } from './person.ts'
import type { Policy } from './policy.ts'
import { keepBarred, type ProfileState } from './profile.ts'
import { addToBalance } from './score.ts'
import { type Signal, toSignal } from './signal.ts'
import { EVENT_KINDS, standardName } from './standard-events.ts'
import { type Duration, duration, eventTime, since } from './time.ts'
import { addPoints, addToRollups, NO_POINTS, type Points, pointsFor, totalOf } from './window.ts'

export interface Observation {
  readonly signal: Signal
  readonly changes: Observed
  readonly earned: Points
}

export function observe(state: ProfileState, message: Message, policy: Policy): Observation {
  const signal = toSignal(message)
  const look: Look = { state, message, policy, changes: nothingChanged() }
  const earned = addPoints(observeSignal(look, signal), worthOfEvent(message, policy))
  observeAnyway(look, signal)
  const points = totalOf(earned)
  if (points > 0) {
    look.changes.balance = addToBalance(state.balance, message.timestamp, points, policy.score)
    look.changes.rollups = addToRollups(state.rollups, message.timestamp, earned)
  }
  return { signal, earned, changes: look.changes }
}

/** What every message may change, whatever it says. */
function observeAnyway({ state, message, policy, changes }: Look, signal: Signal): void {
  const at = message.timestamp
  changes.lastSeen = eventTime(Math.max(state.lastSeen, at))
  // What a server tells at night is no visit; what the person does is.
  if (signal.kind !== 'none' && signal.kind !== 'silenced' && signal.kind !== 'permission_read') {
    changes.visit = continueVisit(state.visit, at)
    if (changes.visit.number !== state.visit.number) changes.visitLevel = 'none'
  }
  const known = learn(state.known, message)
  if (known !== state.known) changes.known = known
  const circumstances = learnCircumstances(state.circumstances, message)
  if (circumstances !== state.circumstances) changes.circumstances = circumstances
  changes.consent = neededConsent(message, policy)
  changes.lag = lagOf(message, policy)
  changes.lastHighValue = highValue(state, message, policy)
}

/** @returns the points it earned. */
function observeSignal(look: Look, signal: Signal): Points {
  const { state, message, policy, changes } = look
  const at = message.timestamp
  switch (signal.kind) {
    case 'none':
    case 'event':
    case 'downloaded':
      return NO_POINTS
    case 'page_viewed':
      changes.lastPage = lastPage(state, clippedPage(message), at)
      changes.views = viewPage(state.views, signal.pageType ?? pageTypeOf(message, policy), at)
      return pointsFor('visit', policy.weights.pageViewed)
    case 'engagement':
      return observeEngagement(look, signal)
    case 'product_viewed': {
      const { product } = signal
      const isNewest = state.lastProduct === undefined || state.lastProduct.at <= at
      if (isNewest) changes.lastProduct = { ...product, at }
      changes.views = viewProduct(state.views, product.id, at)
      changes.interests = addInterest(state.interests, product.category ?? product.name ?? product.id, 1, at)
      return NO_POINTS
    }
    case 'cart':
      observeCart(look, signal)
      return NO_POINTS
    case 'feature_used':
      changes.features = useFeature(state.features, signal.feature, at)
      return NO_POINTS
    case 'silenced':
      changes.silenced = { silence: signal.silence, at }
      return NO_POINTS
    case 'permission_read': {
      const { platform, mayEmail, reason } = signal
      // What was barred by an unsubscription that reached us stays so, whatever a platform says.
      const others = (state.barred ?? []).filter(each => each.platform !== platform)
      changes.barred = mayEmail ? others : keepBarred([...others, { platform, reason, at }])
      return NO_POINTS
    }
    default:
      return signal satisfies never
  }
}

/** What a track event earns by its name alone. */
function worthOfEvent({ type, event }: Message, { weights }: Policy): Points {
  if (type !== 'track' || event === undefined) return NO_POINTS
  const name = standardName(event)
  const points = Object.hasOwn(weights.events, name) ? weights.events[name] : undefined
  return points === undefined || points === 0 ? NO_POINTS : pointsFor(EVENT_KINDS[name] ?? 'visit', points)
}

/** How long it was held up on the way; what comes later than that is old, not held up. */
function lagOf({ timestamp, receivedAt }: Message, { restraint }: Policy): Duration {
  const late = since(timestamp, receivedAt)
  return late > 0 && late <= restraint.lag ? late : duration(0)
}

function highValue(
  { lastHighValue }: ProfileState,
  { type, event, timestamp: at }: Message,
  { restraint }: Policy,
): Observed['lastHighValue'] {
  const name = type === 'track' && event !== undefined ? clip(standardName(event)) : undefined
  if (name === undefined || !restraint.highValue.events.includes(name)) return undefined
  return lastHighValue !== undefined && lastHighValue.at > at ? lastHighValue : { event: name, at }
}

/** Only the categories the policy asks for are kept: a sender may stamp any number of others. */
function neededConsent({ context: { consent } }: Message, policy: Policy): Observed['consent'] {
  if (consent === undefined || policy.consent.length === 0) return undefined
  return Object.fromEntries(policy.consent.map(category => [category, consent[category] === true]))
}
