/** Why a noticed moment may not fire now: checked in one place, for every moment, in this order. */
import type { Restraint } from './fact.ts'
import { holds, type Situation } from './holds.ts'
import { localHourAt, quietUntil } from './local-time.ts'
import type { Noticed } from './moments/moment.ts'
import { clock } from './moments/words.ts'
import type { Policy } from './policy.ts'
import type { ProfileState } from './profile.ts'
import type { Silence } from './signal.ts'
import { DAY, type EventTime, eventTime, since } from './time.ts'
import { trendOf } from './window.ts'

export interface Refusal {
  readonly restraint: Restraint
  readonly why: string
  /** A flow that comes late anyway may still make up for it. */
  readonly missed?: true
}

/** Static flows come hours late. What is older belongs to somebody's history, such as an import. */
const MADE_UP_FOR_WITHIN = DAY

/** Freshness is against our clock when the input was received, everything else in event time. */
export function restrain(noticed: Noticed, situation: Situation): Refusal | undefined {
  const { state, input, policy } = situation
  return (
    repeated(noticed, state) ??
    automated(state, policy) ??
    silenced(state) ??
    withoutConsent(state, policy) ??
    noticed.lacking ??
    fleeting(noticed, state, policy) ??
    coolingDown(noticed, state, policy) ??
    justOrdered(noticed, state, policy) ??
    capped(noticed, situation) ??
    stale(noticed, input.now) ??
    inQuietHours(noticed, state, policy)
  )
}

function repeated({ moment, cause }: Noticed, { fired }: ProfileState): Refusal | undefined {
  const before = fired.find(past => past.moment === moment && past.cause === cause)
  return before && { restraint: 'repeated', why: `${moment} already fired for this cause at ${clock(before.at)}.` }
}

function automated({ automation }: ProfileState, policy: Policy): Refusal | undefined {
  if (automation < policy.restraint.automation) return undefined
  return {
    restraint: 'automated',
    why: `A program seems to drive the browser (${Math.round(automation * 100)} % sure).`,
  }
}

const SILENCE_WORDS: Readonly<Record<Silence, string>> = {
  unsubscribed: 'They unsubscribed',
  complained: 'They marked an e-mail as spam',
  bounced: 'Their e-mail address bounced',
}

/** @returns why they must be left in peace, as the beginning of a sentence and since when; undefined: they need not. */
export function silenceOf({
  silenced,
  barred: [barred] = [],
}: ProfileState): { what: string; at: EventTime } | undefined {
  if (silenced !== undefined) return { what: SILENCE_WORDS[silenced.silence], at: silenced.at }
  if (barred === undefined) return undefined
  return {
    what: `${barred.platform} lets no e-mail reach them (${barred.reason ?? 'it does not say why'})`,
    at: barred.at,
  }
}

function silenced(state: ProfileState): Refusal | undefined {
  const silence = silenceOf(state)
  return silence && { restraint: 'silenced', why: `${silence.what} at ${clock(silence.at)}.` }
}

/** Somebody who just bought is thanked by others; the next nudge can wait. */
function justOrdered(
  { at, policy: { capped } }: Noticed,
  { lastOrder }: ProfileState,
  policy: Policy,
): Refusal | undefined {
  if (!capped || lastOrder === undefined || Math.abs(since(lastOrder.at, at)) >= policy.restraint.afterOrder)
    return undefined
  return {
    restraint: 'just_ordered',
    why: `They ordered at ${clock(lastOrder.at)}; nothing more for ${minutes(policy.restraint.afterOrder) / 60} h.`,
  }
}

/** @returns the consent category that is needed and not granted; a site that stamps no consent is not asked. */
export function missingConsent({ consent }: ProfileState, policy: Policy): string | undefined {
  return consent === undefined ? undefined : policy.consent.find(category => consent[category] !== true)
}

function withoutConsent(state: ProfileState, policy: Policy): Refusal | undefined {
  const missing = missingConsent(state, policy)
  return missing === undefined
    ? undefined
    : { restraint: 'no_consent', why: `Consent category ${missing} is not granted.` }
}

function coolingDown(
  { moment, variant, at, policy: { cooldown } }: Noticed,
  state: ProfileState,
  policy: Policy,
): Refusal | undefined {
  const last = state.fired.findLast(past => past.moment === moment && past.variant === variant)
  if (last === undefined) return undefined
  const { cooldownByLevel, cooldownByTrend, highValue } = policy.restraint
  const trend = trendOf(state.rollups, eventTime(Math.max(state.lastSeen, at)))
  const valued =
    state.lastHighValue !== undefined && state.lastHighValue.at >= last.at ? state.lastHighValue : undefined
  const pause = cooldown * cooldownByLevel[state.level] * cooldownByTrend[trend] * (valued ? highValue.cooldown : 1)
  if (Math.abs(since(last.at, at)) >= pause) return undefined
  const because = valued ? `, ${valued.event} having followed` : ''
  return {
    restraint: 'cooling_down',
    why: `It fired at ${clock(last.at)} and stays silent for ${minutes(pause)} min${because}.`,
  }
}

/** Who is gone within seconds came by mistake; the visit that goes on, or the next summary, asks again. */
function fleeting(
  { lasted, policy: { capped } }: Noticed,
  { visit }: ProfileState,
  { restraint: { sustained } }: Policy,
): Refusal | undefined {
  if (!capped || lasted === undefined) return undefined
  const longest = Math.max(lasted, since(visit.startedAt, visit.lastAt))
  if (longest >= sustained) return undefined
  return {
    restraint: 'fleeting',
    why: `It rests on ${longest / 1000} s; under ${sustained / 1000} s nothing counts, unless it goes on.`,
  }
}

/** Asked when nothing else speaks against it, so that what came too late can be made up for. */
function stale({ at, policy }: Noticed, now: EventTime): Refusal | undefined {
  const age = since(at, now)
  if (age <= policy.freshFor) return undefined
  return {
    restraint: 'stale',
    why: `It happened ${minutes(age)} min ago; it is fresh for ${minutes(policy.freshFor)} min.`,
    ...(policy.capped && age <= MADE_UP_FOR_WITHIN && { missed: true }),
  }
}

/** Asked last: the hour alone holds it back, so that a timer may ask again when the night is over. */
function inQuietHours(
  { at, namesHour = false, policy: { capped } }: Noticed,
  state: ProfileState,
  policy: Policy,
): Refusal | undefined {
  if (!capped || namesHour || quietUntil(state, at, policy) === undefined) return undefined
  const { from, to } = policy.restraint.quietHours
  return {
    restraint: 'quiet_hours',
    why: `It was ${localHourAt(state, at)} o’clock for them; from ${from} to ${to} nothing goes to somebody not engaged (level ${state.level}).`,
  }
}

function capped({ at, policy: { capped } }: Noticed, situation: Situation): Refusal | undefined {
  if (!capped) return undefined
  const { state, policy } = situation
  const segment = policy.segments.find(({ when }) => when.every(condition => holds(condition, situation)))
  for (const { limit, within } of segment?.caps ?? policy.caps) {
    const count = state.fired.filter(past => past.capped && Math.abs(since(past.at, at)) < within).length
    if (count < limit) continue
    const whose = segment === undefined ? 'the cap' : `the cap for ${segment.name}`
    return { restraint: 'capped', why: `${count} moments fired within ${within / 3_600_000} h; ${whose} is ${limit}.` }
  }
  return undefined
}

function minutes(span: number): number {
  return Math.round(span / 60_000)
}
