/** The story of a visit as aligned lines of plain text. Pure. */
import type { LivePerson, PlatformName } from './feed.ts'

export interface StoryLine {
  /** Epoch ms. */
  readonly at: number
  readonly where: 'browser' | 'Inkling' | PlatformName
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

/** @returns such as `12:05:10  Klaviyo  Cart Abandoned        0.41 s`. */
export function formatLine({ at, where, what, lag }: StoryLine, paint: Paint): string {
  const place = where.padEnd(WHERE_WIDTH)
  const text = `${lag === undefined ? place : paint.strong(place)}${lag === undefined ? what : what.padEnd(WHAT_WIDTH)}`
  return `  ${paint.faint(clock(at))}  ${text}${lag === undefined ? '' : `  ${paint.faint(lag)}`}`
}

/** What the accounts hold of one person in the end: every property in each, every event with its reason. */
export function formatPerson({ name, profiles }: LivePerson, paint: Paint): readonly string[] {
  const [first] = profiles
  if (first === undefined) return []
  const rows = Object.keys(first.properties).map(property => [property, agreed(profiles, property)] as const)
  return [
    paint.strong(`${name} in ${profiles.map(({ platform }) => platform).join(', ')}`),
    ...table(rows, '  '),
    '',
    paint.strong('Their events, in order'),
    ...first.events.flatMap(({ time, name: event, properties: { reason, ...rest } }) => [
      `  ${paint.faint(clock(time))}  ${event}`,
      ...table([['reason', reason], ...Object.entries(rest)], '            '),
      '',
    ]),
  ]
}

/** @returns the value once where every platform has the same, else each platform's. */
function agreed(profiles: LivePerson['profiles'], property: string): unknown {
  const values = profiles.map(({ properties }) => properties[property] ?? undefined)
  if (new Set(values.map(String)).size === 1) return values[0]
  return profiles.map(({ platform }, index) => `${platform}: ${values[index] ?? 'none'}`).join(', ')
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
