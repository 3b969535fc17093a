/** Who a message is about, and what two profiles become when they turn out to be one person. */
import { linked, MAX_CART_LINES } from './cart.ts'
import type { Known } from './fact.ts'
import { contact } from './fields.ts'
import { mergeViews, mergeVisits } from './history.ts'
import { mergeInterests } from './interest.ts'
import { higherLevel } from './level.ts'
import type { Message } from './message.ts'
import { mergeFeatures } from './observe-feature.ts'
import { mergeTotals, type PageView, worth } from './page-view.ts'
import type { Policy } from './policy.ts'
import { deletedState, keepBarred, keepLatest, type ProfileState, rememberFired, rememberWithheld } from './profile.ts'
import { askAfterJoining } from './schedule.ts'
import { addToBalance, pointsAt } from './score.ts'
import { mergeHours } from './send-time.ts'
import { keepRuns, nextDue } from './sequences/run.ts'
import { type EventTime, eventTime } from './time.ts'
import { mergeWritten } from './traits.ts'
import { addToRollups, type Points, pointsOf, startOf, totalOf } from './window.ts'

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

export const FORGOTTEN: Known = { anonymousIds: [], forgotten: true }

/** @returns every name that is known of somebody. */
export function namesIn({ email, formerEmails = [], phone, userId, anonymousIds }: Known): readonly string[] {
  return [email, ...formerEmails, phone, userId, ...anonymousIds].filter(name => name !== undefined)
}

/** @returns what is known of the person after a message; the same object when nothing is new. */
export function learn(known: Known, message: Message): Known {
  const { userId, anonymousId, traits, context } = message
  const person = message.type === 'identify' ? traits : context.traits
  const email = matching(EMAIL, contact(person['email']) ?? contact(context.traits['email']))?.toLowerCase()
  const phone = matching(PHONE, contact(person['phone']) ?? contact(context.traits['phone']))
  const anonymousIds = withLatest(known.anonymousIds, anonymousId)
  if (
    (email ?? known.email) === known.email &&
    (phone ?? known.phone) === known.phone &&
    (userId ?? known.userId) === known.userId &&
    anonymousIds === known.anonymousIds
  )
    return known
  return {
    ...known,
    ...(email !== undefined && { email }),
    ...formerEmails(email ?? known.email, [known]),
    ...(phone !== undefined && { phone }),
    ...(userId !== undefined && { userId }),
    anonymousIds,
  }
}

/**
 * The state of a person whose behaviour was kept under two profiles.
 *
 * It does not matter which of the two is named first. Nothing is counted twice: the two never saw the same message, and
 * a page view that both saw a part of counts once. Where both know something, what happened last wins. Who turns out to be
 * somebody who is to be deleted is to be deleted too.
 */
export function mergeStates(a: ProfileState, b: ProfileState, policy: Policy): ProfileState {
  const [older, newer] = byLastSeen(a, b)
  const known: Known = {
    ...older.known,
    ...newer.known,
    ...formerEmails(newer.known.email ?? older.known.email, [older.known, newer.known]),
    anonymousIds: newer.known.anonymousIds.reduce(withLatest, older.known.anonymousIds),
  }
  if (a.deletedAt !== undefined || b.deletedAt !== undefined)
    return deletedState(known, newer.lastSeen, eventTime(Math.max(a.deletedAt ?? 0, b.deletedAt ?? 0)))
  const shared = sharedViews(older.pageViews, newer.pageViews, policy)
  const rollups = older.rollups.reduce(
    (merged, rollup) => addToRollups(merged, startOf(rollup), pointsOf(rollup)),
    newer.rollups,
  )
  const balance = addToBalance(newer.balance, older.balance.at, older.balance.points, policy.score)
  const cart = mergeCarts(older, newer)
  const sequences = keepRuns([...older.sequences, ...newer.sequences])
  const merged: ProfileState = {
    ...newer,
    ...latestOf(older, newer),
    cart,
    consent: mergeConsent(older.consent, newer.consent),
    device: newer.device ?? older.device,
    localHour: newer.localHour ?? older.localHour,
    localOffset: newer.localOffset ?? older.localOffset,
    known,
    balance: { ...balance, points: Math.max(balance.points - shared.points(balance.at), 0) },
    rollups,
    level: higherLevel(a.level, b.level),
    ...keepLatest(shared.pageViews, [...new Set([...older.forgottenViews, ...newer.forgottenViews])]),
    cartEmptiedAt: eventTime(Math.max(a.cartEmptiedAt, b.cartEmptiedAt)),
    timeSpentMs: a.timeSpentMs + b.timeSpentMs - shared.activeMs,
    sequences,
    timers: mergeTimers(older, newer, sequences),
    timersTaken: a.timersTaken + b.timersTaken,
    fired: rememberFired([...older.fired, ...newer.fired]),
    withheld: rememberWithheld([...older.withheld, ...newer.withheld]),
    automation: Math.max(a.automation, b.automation),
    visit: mergeVisits(older.visit, newer.visit),
    visitLevel: higherLevel(a.visitLevel, b.visitLevel),
    views: mergeViews(older.views, newer.views),
    interests: mergeInterests(older.interests, newer.interests),
    hours: mergeHours(older.hours, newer.hours),
    circumstances: { ...older.circumstances, ...newer.circumstances },
    barred:
      older.barred && newer.barred ? keepBarred([...older.barred, ...newer.barred]) : (older.barred ?? newer.barred),
    features: mergeFeatures(older.features, newer.features),
  }
  return {
    ...merged,
    timers: askAfterJoining(merged, [a, b], policy),
    written: mergeWritten(merged, older.written, policy),
  }
}

/** The one seen last is the second; two seen at the same time are told apart by what they hold, not by who asks. */
function byLastSeen(a: ProfileState, b: ProfileState): readonly [older: ProfileState, newer: ProfileState] {
  if (a.lastSeen !== b.lastSeen) return a.lastSeen < b.lastSeen ? [a, b] : [b, a]
  return JSON.stringify(a) <= JSON.stringify(b) ? [a, b] : [b, a]
}

/** The profile seen last need not be the one that ordered last. */
function latestOf(older: ProfileState, newer: ProfileState) {
  return {
    lastPage: later(older.lastPage, newer.lastPage),
    lastProduct: later(older.lastProduct, newer.lastProduct),
    lastOrder: later(older.lastOrder, newer.lastOrder),
    lastHighValue: later(older.lastHighValue, newer.lastHighValue),
    form: later(older.form, newer.form),
    exit: later(older.exit, newer.exit),
    silenced: later(older.silenced, newer.silenced),
    missed: later(older.missed, newer.missed),
  }
}

function later<T extends { readonly at: EventTime }>(a: T | undefined, b: T | undefined): T | undefined {
  return a !== undefined && (b === undefined || a.at > b.at) ? a : b
}

/** What either side refused is refused; the next message of a site that stamps consent says how it is now. */
function mergeConsent(a: ProfileState['consent'], b: ProfileState['consent']): ProfileState['consent'] {
  if (a === undefined || b === undefined) return a ?? b
  return Object.fromEntries(
    Object.keys({ ...a, ...b }).map(category => [category, a[category] !== false && b[category] !== false]),
  )
}

/**
 * The page views of both. One that both saw, because the id changed on the way, was counted from zero by each: its totals
 * become one, and what was counted too much is told.
 */
function sharedViews(older: readonly PageView[], newer: readonly PageView[], policy: Policy) {
  const overlaps = older.flatMap(before => {
    const after = newer.find(({ id }) => id === before.id)
    if (after === undefined) return []
    const [first, last] = before.at <= after.at ? [before, after] : [after, before]
    const page = { ...first, ...last, totals: mergeTotals(first.totals, last.totals) }
    const points = totalOf(worthOf(first, policy)) + totalOf(worthOf(last, policy)) - totalOf(worthOf(page, policy))
    return [{ page, points, at: first.at, activeMs: Math.min(first.totals.activeMs, last.totals.activeMs) }]
  })
  const joined = new Map([...older, ...newer, ...overlaps.map(({ page }) => page)].map(page => [page.id, page]))
  return {
    pageViews: [...joined.values()],
    activeMs: overlaps.reduce((sum, { activeMs }) => sum + activeMs, 0),
    points: (now: EventTime) =>
      overlaps.reduce((sum, { points, at }) => sum + pointsAt({ points, at }, now, policy.score), 0),
  }
}

function worthOf({ totals, type }: PageView, policy: Policy): Points {
  return worth(totals, type, policy)
}

function mergeCarts(older: ProfileState, newer: ProfileState): ProfileState['cart'] {
  // What one side ordered or emptied later is no longer in the other's cart.
  const emptiedAt = Math.max(older.cartEmptiedAt, newer.cartEmptiedAt)
  const [first, last] = [older.cart, newer.cart]
    .filter(cart => cart !== undefined)
    .filter(cart => cart.changedAt >= emptiedAt)
    .sort((a, b) => a.changedAt - b.changedAt || (a.cause < b.cause ? -1 : 1))
  if (first === undefined || last === undefined) return first
  const added = first.lines.filter(line => !last.lines.some(({ id }) => id === line.id))
  const checkoutAt = Math.max(first.checkoutAt ?? 0, last.checkoutAt ?? 0)
  return {
    ...first,
    ...last,
    ...(checkoutAt > 0 && { checkoutAt: eventTime(checkoutAt) }),
    lines: linked([...added, ...last.lines].slice(-MAX_CART_LINES)),
  }
}

function mergeTimers(
  older: ProfileState,
  newer: ProfileState,
  sequences: ProfileState['sequences'],
): ProfileState['timers'] {
  const timers = [...older.timers, ...newer.timers]
  return [...new Set(timers.map(({ key }) => key))].flatMap(key => {
    const latest = Math.max(...timers.filter(timer => timer.key === key).map(({ due }) => due))
    // Both may be in sequences: the next step of either counts.
    const due = key === 'sequence' ? nextDue(sequences) : eventTime(latest)
    return due === undefined ? [] : [{ key, due }]
  })
}

const MAX_FORMER_EMAILS = 2

/** @returns what these knew of addresses other than the one that counts now. */
function formerEmails(email: string | undefined, from: readonly Known[]): Pick<Known, 'formerEmails'> {
  const all = from.flatMap(known => [
    ...(known.formerEmails ?? []),
    ...(known.email === undefined ? [] : [known.email]),
  ])
  const former = [...new Set(all)].filter(each => each !== email)
  return former.length === 0 ? {} : { formerEmails: former.slice(-MAX_FORMER_EMAILS) }
}

const MAX_ANONYMOUS_IDS = 2

function withLatest(ids: readonly string[], id: string | undefined): readonly string[] {
  if (id === undefined || ids.at(-1) === id) return ids
  return [...ids.filter(known => known !== id), id].slice(-MAX_ANONYMOUS_IDS)
}

function matching(pattern: RegExp, value: string | undefined): string | undefined {
  return value !== undefined && pattern.test(value) ? value : undefined
}
