/** The story of a visit as aligned lines of plain text. Pure. */
import type { LiveProfile } from './feed.ts'

export interface StoryLine {
  /** Epoch ms. */
  readonly at: number
  readonly where: 'browser' | 'Inkling' | 'Klaviyo'
  readonly what: string
  /** From the behaviour to the platform; only for what arrived there. */
  readonly lag?: string | undefined
}

export interface Paint {
  readonly faint: (text: string) => string
  readonly strong: (text: string) => string
}

export const PLAIN: Paint = { faint: text => text, strong: text => text }
export const COLOURED: Paint = {
  faint: text => `\u001B[2m${text}\u001B[22m`,
  strong: text => `\u001B[1;36m${text}\u001B[22;39m`,
}

const WHERE_WIDTH = 9
const WHAT_WIDTH = 70

/** @returns such as `12:05:10  Klaviyo  event Cart Abandoned        0.41 s`. */
export function formatLine({ at, where, what, lag }: StoryLine, paint: Paint): string {
  const place = where.padEnd(WHERE_WIDTH)
  const text = `${where === 'Klaviyo' ? paint.strong(place) : place}${lag === undefined ? what : what.padEnd(WHAT_WIDTH)}`
  return `  ${paint.faint(clock(at))}  ${text}${lag === undefined ? '' : `  ${paint.faint(lag)}`}`
}

/** What the account holds of one person in the end: every property, every event with its reason. */
export function formatProfile(profile: LiveProfile, paint: Paint): readonly string[] {
  const { email, anonymousIds, properties } = profile
  const identifiers = Object.entries({ email, anonymous_id: anonymousIds.at(-1) })
  return [
    paint.strong('The profile in Klaviyo'),
    ...table([...identifiers, ...Object.entries(properties)], '  '),
    '',
    paint.strong('Its events, in order'),
    ...profile.events.flatMap(({ time, metric, properties: { reason, ...rest } }) => [
      `  ${paint.faint(clock(time))}  ${metric}`,
      ...table([['reason', reason], ...Object.entries(rest)], '            '),
      '',
    ]),
  ]
}

/** The reader's own clock, to the second. */
export function clock(epochMs: number): string {
  return new Date(epochMs).toLocaleTimeString('en-GB')
}

export function seconds(ms: number): string {
  return `${(Math.max(ms, 0) / 1000).toFixed(2)} s`
}

function table(entries: readonly (readonly [string, unknown])[], indent: string): readonly string[] {
  const present = entries.filter(([, value]) => value !== undefined && value !== null)
  const width = Math.max(...present.map(([name]) => name.length)) + 2
  return present.map(([name, value]) => `${indent}${name.padEnd(width)}${String(value)}`)
}
