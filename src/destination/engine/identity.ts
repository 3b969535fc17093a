/** Who a message is about, and what two profiles become when they turn out to be one person. */
import { MAX_CART_LINES } from './cart.ts'
import type { Known } from './fact.ts'
import { contact } from './fields.ts'
import { keepViews, mergeVisits } from './history.ts'
import { mergeInterests } from './interest.ts'
import { LEVELS } from './level.ts'
import type { Message } from './message.ts'
import { mergeFeatures } from './observe-feature.ts'
import type { Policy } from './policy.ts'
import { keepLatest, type ProfileState, rememberFired, rememberWithheld } from './profile.ts'
import { addToBalance } from './score.ts'
import { mergeHours } from './send-time.ts'
import { eventTime } from './time.ts'
import { mergeWritten } from './traits.ts'
import { addToRollups } from './window.ts'

/** `u:` + userId or `a:` + anonymousId. */
export type IdentityKey = `u:${string}` | `a:${string}`

/** @returns the keys a message carries, the strongest first; an alias carries the former id too. */
export function identityKeys({ type, userId, anonymousId, previousId }: Message): readonly IdentityKey[] {
  const keys: IdentityKey[] = []
  if (userId !== undefined) keys.push(`u:${userId}`)
  if (anonymousId !== undefined) keys.push(`a:${anonymousId}`)
  // The former id of an alias may be either kind: browsers send the anonymousId, servers often a userId.
  if (type === 'alias' && previousId !== undefined) keys.push(`a:${previousId}`, `u:${previousId}`)
  return keys
}

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@]{2,}$/
/** E.164; other spellings are left out rather than guessed. */
const PHONE = /^\+[1-9]\d{6,14}$/

/** @returns what is known of the person after a message; the same object when nothing is new. */
export function learn(known: Known, message: Message): Known {
  const { userId, anonymousId, traits, context } = message
  const person = message.type === 'identify' ? traits : context.traits
  const email = matching(EMAIL, contact(person, 'email') ?? contact(context.traits, 'email'))?.toLowerCase()
  const phone = matching(PHONE, contact(person, 'phone') ?? contact(context.traits, 'phone'))
  const anonymousIds = withLatest(known.anonymousIds, anonymousId)
  const isNew = (told: string | undefined, before: string | undefined) => told !== undefined && told !== before
  const same = !(isNew(email, known.email) || isNew(phone, known.phone) || isNew(userId, known.userId))
  if (same && anonymousIds === known.anonymousIds) return known
  return {
    ...known,
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(userId !== undefined && { userId }),
    anonymousIds,
  }
}

/**
 * The state of a person whose behaviour was kept under two profiles.
 *
 * Nothing is counted twice: the two never saw the same message. Where both know something, the one seen last wins.
 */
export function mergeStates(a: ProfileState, b: ProfileState, policy: Policy): ProfileState {
  const [older, newer] = a.lastSeen <= b.lastSeen ? [a, b] : [b, a]
  const rollups = older.rollups.reduce(
    (merged, { start, points }) => addToRollups(merged, start, points),
    newer.rollups,
  )
  const cart = mergeCarts(older, newer)
  const merged: ProfileState = {
    ...newer,
    cart,
    lastPage: newer.lastPage ?? older.lastPage,
    lastProduct: newer.lastProduct ?? older.lastProduct,
    consent: newer.consent ?? older.consent,
    device: newer.device ?? older.device,
    localHour: newer.localHour ?? older.localHour,
    lastOrder: newer.lastOrder ?? older.lastOrder,
    form: newer.form ?? older.form,
    exit: newer.exit ?? older.exit,
    silenced: newer.silenced ?? older.silenced,
    known: {
      ...older.known,
      ...newer.known,
      anonymousIds: newer.known.anonymousIds.reduce(withLatest, older.known.anonymousIds),
    },
    balance: addToBalance(newer.balance, older.balance.at, older.balance.points, policy.score),
    rollups,
    level: LEVELS[Math.max(LEVELS.indexOf(a.level), LEVELS.indexOf(b.level))] ?? 'none',
    ...keepLatest([...older.pageViews, ...newer.pageViews], [...older.forgottenViews, ...newer.forgottenViews]),
    cartEmptiedAt: eventTime(Math.max(a.cartEmptiedAt, b.cartEmptiedAt)),
    timeSpentMs: a.timeSpentMs + b.timeSpentMs,
    timers: mergeTimers(older, newer),
    fired: rememberFired([...older.fired, ...newer.fired]),
    withheld: rememberWithheld([...older.withheld, ...newer.withheld]),
    automation: Math.max(a.automation, b.automation),
    visit: mergeVisits(older.visit, newer.visit),
    views: keepViews([...older.views, ...newer.views]),
    interests: mergeInterests(older.interests, newer.interests),
    hours: mergeHours(older.hours, newer.hours),
    circumstances: { ...older.circumstances, ...newer.circumstances },
    features: mergeFeatures(older.features, newer.features),
  }
  return { ...merged, written: mergeWritten(merged, older.written, policy) }
}

function mergeCarts(older: ProfileState, newer: ProfileState): ProfileState['cart'] {
  // What one side ordered or emptied later is no longer in the other's cart.
  const emptiedAt = Math.max(older.cartEmptiedAt, newer.cartEmptiedAt)
  const [first, last] = [older.cart, newer.cart]
    .filter(cart => cart !== undefined)
    .filter(cart => cart.changedAt >= emptiedAt)
    .sort((a, b) => a.changedAt - b.changedAt)
  if (first === undefined || last === undefined) return first
  const added = first.lines.filter(line => !last.lines.some(({ id }) => id === line.id))
  return { ...last, lines: [...added, ...last.lines].slice(-MAX_CART_LINES) }
}

function mergeTimers(older: ProfileState, newer: ProfileState): ProfileState['timers'] {
  const keys = new Set([...older.timers, ...newer.timers].map(({ key }) => key))
  return [...keys].map(key => ({
    key,
    due: eventTime(
      Math.max(...[...older.timers, ...newer.timers].filter(timer => timer.key === key).map(({ due }) => due)),
    ),
  }))
}

const MAX_ANONYMOUS_IDS = 2

function withLatest(ids: readonly string[], id: string | undefined): readonly string[] {
  if (id === undefined || ids.at(-1) === id) return ids
  return [...ids.filter(known => known !== id), id].slice(-MAX_ANONYMOUS_IDS)
}

function matching(pattern: RegExp, value: string | undefined): string | undefined {
  return value !== undefined && pattern.test(value) ? value : undefined
}
