/** What `inkling replay --send` says. Pure. */
import type { Pause, Wrote } from '../backtest/write-history.ts'
import { count } from './table.ts'

/** Moments that are not written because they are there, or will be. */
export interface There {
  readonly delivered: number
  readonly waiting: number
  readonly replayed: number
}

export interface Plan {
  readonly moments: number
  readonly people: number
  readonly there: There
  readonly unknown: number
  readonly withdrawn: number
  readonly recent: number
}

export interface Account {
  readonly platform: string
  /** Whether the platform knows the events for history. */
  readonly isMarked: boolean
}

/** Refusals that are told by their words; the others only add up. */
const REASONS = 5

export function liveInWords(platform: string): string {
  return `--send: ${platform} cannot be told that an event is of the past. Whatever starts there on one of these moments would
start now, for people who did this long ago. With --dry-run it says how many there are; with --force they are written.`
}

export function planInWords(plan: Plan, account: Account): readonly string[] {
  const would = plan.moments === 0 ? 'there is nothing to write.' : `${howMany(plan)} would be written.`
  return ['', `${toWhom(account)}: ${would}`, ...leftOut(plan, account), TRAITS]
}

export function wroteInWords(plan: Plan, { written, refused, end }: Wrote, account: Account): readonly string[] {
  const whole = end.kind === 'done' && refused.size === 0
  const reasons = [...refused].toSorted(([, a], [, b]) => b - a)
  const total = reasons.reduce((sum, [, times]) => sum + times, 0)
  return [
    '',
    `${toWhom(account)}: ${whole ? howMany(plan) : `${count(written)} of ${howMany(plan)}`} written.`,
    ...(total === 0 ? [] : [`  ${count(total)} refused, in the words of ${account.platform}:`]),
    ...reasons
      .slice(0, REASONS)
      .map(([reason, times]) => `    ${times === 1 ? '1 time' : `${count(times)} times`}: ${reason}`),
    ...(reasons.length > REASONS ? [`    and ${count(reasons.length - REASONS)} other reasons`] : []),
    ...leftOut(plan, account),
    TRAITS,
  ]
}

export function endInWords({ refused, end }: Wrote, { platform }: Account): readonly string[] {
  const again = 'Run the same again: it goes on where it stopped.'
  if (end.kind === 'stopped') return [`Stopped. ${again}`]
  if (end.kind === 'given up') return [`${platform} takes no more: ${end.reason}`, again]
  return refused.size === 0 ? [] : ['What was refused is tried again when the same is run again.']
}

export function pauseInWords(pause: Pause | undefined, now: number): string | undefined {
  return pause && `waiting ${Math.ceil(Math.max(pause.until - now, 0) / 1000)} s: ${pause.reason}`
}

const TRAITS = '  Traits are not written: a platform has one value for each, and it is today’s.'

function toWhom({ platform, isMarked }: Account): string {
  return `To ${platform}, as ${isMarked ? 'history' : 'new events'}`
}

function howMany({ moments, people }: Plan): string {
  return `${count(moments)} ${moments === 1 ? 'moment' : 'moments'} of ${count(people)} ${people === 1 ? 'person' : 'people'}`
}

function leftOut({ there, unknown, withdrawn, recent }: Plan, { platform }: Account): readonly string[] {
  const { delivered, waiting, replayed } = there
  const why = [
    [delivered, 'there already: the service delivered them'],
    [waiting, 'left to the service, which has yet to deliver them'],
    [recent, 'of the last hour, left to the service: it may yet deliver them'],
    [replayed, 'there already: an earlier replay wrote them'],
    [unknown, `of people ${platform} did not know in time`],
    [withdrawn, 'of people who have unsubscribed, withdrawn consent or been deleted since'],
  ] as const
  return why.flatMap(([moments, words]) => (moments === 0 ? [] : [`  ${count(moments)} ${words}`]))
}
