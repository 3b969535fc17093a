/** Why a noticed moment may not fire now: checked in one place, for every moment, in this order. */
import type { Restraint } from './fact.ts'
import type { Noticed } from './moments/moment.ts'
import type { Policy } from './policy.ts'
import type { ProfileState } from './profile.ts'
import { type EventTime, since } from './time.ts'

export interface Refusal {
  readonly restraint: Restraint
  readonly why: string
}

/** @param now - our clock when the input was received; freshness is against it, everything else in event time. */
export function restrain(noticed: Noticed, state: ProfileState, now: EventTime, policy: Policy): Refusal | undefined {
  return (
    repeated(noticed, state) ??
    automated(state) ??
    withoutConsent(state, policy) ??
    noticed.lacking ??
    stale(noticed, now) ??
    coolingDown(noticed, state) ??
    capped(noticed, state, policy)
  )
}

function repeated({ moment, cause }: Noticed, { fired }: ProfileState): Refusal | undefined {
  const before = fired.find(past => past.moment === moment && past.cause === cause)
  return before && { restraint: 'repeated', why: `${moment} already fired for this cause at ${clock(before.at)}.` }
}

function automated({ automated }: ProfileState): Refusal | undefined {
  return automated
    ? { restraint: 'automated', why: 'A program drives the browser (navigator.webdriver or scripted input).' }
    : undefined
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

function stale({ at, policy }: Noticed, now: EventTime): Refusal | undefined {
  const age = since(at, now)
  if (age <= policy.freshFor) return undefined
  return {
    restraint: 'stale',
    why: `It happened ${minutes(age)} min ago; it is fresh for ${minutes(policy.freshFor)} min.`,
  }
}

function coolingDown({ moment, variant, at, policy }: Noticed, { fired }: ProfileState): Refusal | undefined {
  const last = fired.findLast(past => past.moment === moment && past.variant === variant)
  if (last === undefined || Math.abs(since(last.at, at)) >= policy.cooldown) return undefined
  return {
    restraint: 'cooling_down',
    why: `It fired at ${clock(last.at)} and stays silent for ${minutes(policy.cooldown)} min.`,
  }
}

function capped({ at, policy: { capped } }: Noticed, { fired }: ProfileState, policy: Policy): Refusal | undefined {
  if (!capped) return undefined
  for (const { limit, within } of policy.caps) {
    const count = fired.filter(past => past.capped && Math.abs(since(past.at, at)) < within).length
    if (count >= limit)
      return { restraint: 'capped', why: `${count} moments fired within ${within / 3_600_000} h; the cap is ${limit}.` }
  }
  return undefined
}

function clock(time: EventTime): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}

function minutes(span: number): number {
  return Math.round(span / 60_000)
}
