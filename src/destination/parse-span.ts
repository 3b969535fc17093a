/** The smallest parts of a configuration: durations with their unit, percentages, and names. */
import { z } from 'zod'
import { type Duration, duration } from './engine/time.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const MAX_SPAN = 400 * 86_400_000
const SPAN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const SPAN_WORDS = 'a duration with its unit, such as "90s", "30m", "12h" or "7d"'

/** Bounds as a pattern: so the JSON Schema for editors, which can only match text, is as strict as the parser. */
const SPAN_IN_BOUNDS = new RegExp(
  `^(?!0+(?:\\.0+)?[a-z])(?:${Object.entries(UNITS)
    .map(([unit, size]) => `${atMost(MAX_SPAN / size)}${unit}`)
    .join('|')})$`,
)

/** `'90s'` and its like → ms. */
export const span: z.ZodType<Duration, string> = z
  .string(`expected ${SPAN_WORDS}`)
  .regex(SPAN, { error: `expected ${SPAN_WORDS}`, abort: true })
  .regex(SPAN_IN_BOUNDS, 'expected more than 0 and at most 400 days')
  .transform((value): Duration => {
    const [, count = '0', unit = 'ms'] = SPAN.exec(value) ?? []
    return duration(Number(count) * (UNITS[unit] ?? 1))
  })
  .meta({ id: 'duration', description: SPAN_WORDS })

/** `'50%'` → 0.5. */
export const percentage: z.ZodType<number, string> = z
  .string('expected a percentage such as "50%"')
  .regex(/^\d{1,3}(\.\d+)?%$/, { error: 'expected a percentage such as "50%"', abort: true })
  .regex(new RegExp(`^${atMost(100)}%$`), 'expected at most "100%"')
  .transform(text => Number(text.slice(0, -1)) / 100)
  .meta({ id: 'percentage' })

/** A word a site chose: a page type, a segment, a moment. */
export const name: z.ZodString = z
  .string('expected text')
  .regex(/^[\w -]{1,64}$/, 'expected 1–64 letters, digits, spaces, "_" or "-"')

/** @returns a pattern of the decimals from 0 to a whole number: fewer digits, or a smaller one after the same beginning. */
function atMost(limit: number): string {
  const digits = String(limit)
  const smaller = [...digits].flatMap((digit, index) =>
    digit === '0' ? [] : [`${digits.slice(0, index)}[0-${Number(digit) - 1}]\\d{${digits.length - index - 1}}`],
  )
  const shorter = digits.length === 1 ? [] : [`\\d{1,${digits.length - 1}}`]
  return `0*(?:${digits}(?:\\.0+)?|(?:${[...smaller, ...shorter].join('|')})(?:\\.\\d+)?)`
}
