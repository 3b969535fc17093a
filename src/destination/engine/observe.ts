/** What a message changes in a profile before anything is decided. */
import type { Observed } from './fact.ts'
import { clip } from './fields.ts'
import { addView, continueVisit } from './history.ts'
import { learn } from './identity.ts'
import { addInterest } from './interest.ts'
import type { Message } from './message.ts'
import { clippedPage, lastPage, NOTHING_CHANGED, NOTHING_SEEN, type Seen } from './observation.ts'
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
import { addPoints, addToRollups, NO_POINTS, type Points, totalOf } from './window.ts'

export interface Observation {
  readonly signal: Signal
  readonly changes: Observed
  readonly earned: Points
}

export function observe(state: ProfileState, message: Message, policy: Policy): Observation {
  const signal = toSignal(message)
  const seen = observeSignal(state, signal, message, policy)
  const earned = addPoints(seen.earned, worthOfEvent(message, policy))
  const points = totalOf(earned)
  const at = message.timestamp
  const known = learn(state.known, message)
  const circumstances = learnCircumstances(state.circumstances, message)
  const consent = neededConsent(message, policy)
  // What a server tells at night is no visit; what the person does is.
  const behaved = signal.kind !== 'none' && signal.kind !== 'silenced' && signal.kind !== 'permission_read'
  const visit = behaved ? continueVisit(state.visit, at) : state.visit
  return {
    signal,
    earned,
    changes: {
      ...seen.changes,
      lastSeen: eventTime(Math.max(state.lastSeen, at)),
      visit: behaved ? visit : undefined,
      visitLevel: visit.number === state.visit.number ? undefined : 'none',
      known: known === state.known ? undefined : known,
      circumstances: circumstances === state.circumstances ? undefined : circumstances,
      consent,
      lag: lagOf(message, policy),
      lastHighValue: highValue(state, message, policy),
      balance: points > 0 ? addToBalance(state.balance, at, points, policy.score) : undefined,
      rollups: points > 0 ? addToRollups(state.rollups, at, earned) : undefined,
    },
  }
}

function observeSignal(state: ProfileState, signal: Signal, message: Message, policy: Policy): Seen {
  const at = message.timestamp
  switch (signal.kind) {
    case 'none':
    case 'event':
    case 'downloaded':
      return NOTHING_SEEN
    case 'page_viewed': {
      const name = signal.pageType ?? pageTypeOf(message, policy)
      return {
        changes: {
          ...NOTHING_CHANGED,
          lastPage: lastPage(state, clippedPage(message), at),
          views: addView(state.views, { of: 'page', name, at }),
        },
        earned: { visit: policy.weights.pageViewed },
      }
    }
    case 'engagement':
      return observeEngagement(state, signal, message, policy)
    case 'product_viewed': {
      const { product } = signal
      const isNewest = state.lastProduct === undefined || state.lastProduct.at <= at
      return {
        changes: {
          ...NOTHING_CHANGED,
          lastProduct: isNewest ? { ...product, at } : undefined,
          views: addView(state.views, { of: 'product', name: product.id, at }),
          interests: addInterest(state.interests, product.category ?? product.name ?? product.id, 1, at),
        },
        earned: NO_POINTS,
      }
    }
    case 'cart':
      return observeCart(state, signal, message)
    case 'feature_used':
      return {
        changes: { ...NOTHING_CHANGED, features: useFeature(state.features, signal.feature, at) },
        earned: NO_POINTS,
      }
    case 'silenced':
      return { changes: { ...NOTHING_CHANGED, silenced: { silence: signal.silence, at } }, earned: NO_POINTS }
    case 'permission_read': {
      const { platform, mayEmail, reason } = signal
      // What was barred by an unsubscription that reached us stays so, whatever a platform says.
      const others = (state.barred ?? []).filter(each => each.platform !== platform)
      const barred = mayEmail ? others : keepBarred([...others, { platform, reason, at }])
      return { changes: { ...NOTHING_CHANGED, barred }, earned: NO_POINTS }
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
  return points === undefined || points === 0 ? NO_POINTS : { [EVENT_KINDS[name] ?? 'visit']: points }
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
