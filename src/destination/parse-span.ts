/** The smallest parts of a configuration: durations with their unit, and names. */
import { z } from 'zod'
import { type Duration, duration } from './engine/time.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const MAX_SPAN = 400 * 86_400_000
const SPAN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const SPAN_WORDS = 'a duration with its unit, such as "90s", "30m", "12h" or "7d"'

/** `'90s'` and its like → ms. */
export const span: z.ZodType<Duration, string> = z
  .string(`expected ${SPAN_WORDS}`)
  .refine(value => SPAN.test(value), `expected ${SPAN_WORDS}`)
  .transform((value): Duration => {
    const [, count = '0', unit = 'ms'] = SPAN.exec(value) ?? []
    return duration(Number(count) * (UNITS[unit] ?? 1))
  })
  .refine(value => value > 0 && value <= MAX_SPAN, 'expected more than 0 and at most 400 days')

/** A word a site chose: a page type, a segment, a moment. */
export const name: z.ZodString = z
  .string('expected text')
  .regex(/^[\w -]{1,64}$/, 'expected 1–64 letters, digits, spaces, "_" or "-"')
