/** `sequences: { cart_abandonment: { steps: … } }` → the sequences of the policy, every mistake named by its path. */
import { z } from 'zod'
import { defaultSequences } from './engine/sequences/defaults.ts'
import {
  CHANNELS,
  CUES,
  MAX_STEPS,
  type SequencePolicy,
  type SequenceStep,
  type Way,
} from './engine/sequences/sequence.ts'
import { duration, HOUR, MINUTE, times } from './engine/time.ts'
import { when } from './parse-condition.ts'
import { span } from './parse-span.ts'

/** A step may be due at once. */
const delay = z.union([z.literal('0s').transform(() => duration(0)), span], 'expected a duration, or "0s"')
/** Kept with the run it started. */
const eventName = z.string().min(1).max(60)
const CUE_WORDS = `expected ${CUES.join(', ')}, the name of a moment or an event, or { event: … } for an event in lower case`
const cue = z.union(
  [
    // All in lower case is a cue of ours: so that a slip in one is not taken for an event.
    z
      .string()
      .max(60)
      .regex(new RegExp(`^(?:${CUES.join('|')})$|[^a-z_]`)),
    z.strictObject({ event: eventName }).transform(({ event }) => event),
  ],
  CUE_WORDS,
)
const cues = z.union([cue.transform(one => [one]), z.array(cue).max(10, 'expected at most 10')], CUE_WORDS)
const word = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'expected 1–40 lower-case letters, digits, "_" or "-"')

const way = {
  on: cues.optional(),
  when: when.optional(),
  channel: z.enum(CHANNELS, `expected ${CHANNELS.join(', ')}`),
  content: z.union([z.literal([1, 2, 3]), z.literal('by_level')], 'expected 1, 2, 3 or "by_level"').optional(),
  message: word.optional(),
}
const step = z
  .union(
    [
      z.strictObject({ after: delay, ...way }),
      z.strictObject({ after: delay, choose: z.array(z.strictObject(way)).min(1).max(5) }),
    ],
    'expected { after, channel } with on, when, content and message as needed, or { after, choose: [ … ] }',
  )
  .transform((found): SequenceStep => {
    const { after } = found
    return { after, ways: 'choose' in found ? found.choose.map(toWay) : [toWay(found)] }
  })
const steps = z
  .array(step)
  .min(1, `expected 1 to ${MAX_STEPS} steps`)
  .max(MAX_STEPS, `expected 1 to ${MAX_STEPS} steps`)
  .refine(
    given => given.every(({ after }, index) => index === 0 || after > (given[index - 1]?.after ?? 0)),
    'expected each step to come after the one before',
  )

const shape = {
  enabled: z.boolean('expected true or false'),
  startOn: cues,
  leaveOn: cues,
  steps,
  cooldown: span,
  quiet: delay,
  capped: z.boolean('expected true or false'),
  freshFor: span,
}
const changed = z.strictObject(shape).partial()
const whole = changed.required({ startOn: true, steps: true })

/** As many as are asked of every message. */
const MAX_SEQUENCES = 20
const NAME = /^[a-z][a-z0-9_]{0,29}$/

/** The defaults by their names, which may be changed in part, and others, which must be whole. */
export const sequences: z.ZodType<GivenSequences> = z
  .object(Object.fromEntries(defaultSequences.map(({ name }) => [name, changed.optional()])))
  .catchall(whole)
  .superRefine((given, context) => {
    for (const name of Object.keys(given))
      if (!NAME.test(name))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'expected a name of 1–30 lower-case letters, digits and "_"',
        })
    if (Object.keys(given).length > MAX_SEQUENCES)
      context.addIssue({ code: 'custom', message: `expected at most ${MAX_SEQUENCES}` })
  })
  .meta({ propertyNames: { pattern: NAME.source }, maxProperties: MAX_SEQUENCES })

export const escalation: z.ZodType<Partial<Record<'lifetimeValue' | 'pace', number | undefined>>> = z
  .strictObject({
    lifetimeValue: z.number('expected a number from 0').min(0, 'expected a number from 0'),
    pace: z
      .number('expected a number from 0.1 to 1')
      .min(0.1, 'expected a number from 0.1 to 1')
      .max(1, 'expected a number from 0.1 to 1'),
  })
  .partial()

type GivenSequences = Readonly<Record<string, Given | undefined>>
type Given = { readonly [K in keyof Omit<SequencePolicy, 'name'>]?: SequencePolicy[K] | undefined }

const OWN = {
  enabled: true,
  startOn: [],
  leaveOn: ['ordered'],
  steps: [],
  cooldown: times(48, HOUR),
  quiet: times(30, MINUTE),
  capped: true,
  freshFor: times(6, HOUR),
}

/** @returns the default sequences as they were changed, then the site's own. */
export function toSequences(given: GivenSequences = {}): readonly SequencePolicy[] {
  const own = Object.keys(given).filter(name => !defaultSequences.some(known => known.name === name))
  return [...defaultSequences, ...own.map(name => ({ ...OWN, name }))].map(sequence => {
    const changes = Object.entries(given[sequence.name] ?? {}).filter(([, value]) => value !== undefined)
    return Object.assign({ ...sequence }, Object.fromEntries(changes))
  })
}

interface FoundWay {
  readonly on?: readonly string[] | undefined
  readonly when?: Way['when'] | undefined
  readonly channel: Way['channel']
  readonly content?: Way['content'] | undefined
  readonly message?: string | undefined
}

function toWay({ on = [], when = [], channel, content = 'by_level', message = 'message' }: FoundWay): Way {
  return { on, when, channel, content, message }
}
