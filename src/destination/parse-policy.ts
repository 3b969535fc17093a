/** A configuration nobody has checked → the policy, or every mistake in it at once. */
import { z } from 'zod'
import { MOMENTS } from './engine/fact.ts'
import { defaultPolicy, type Policy } from './engine/policy.ts'
import { MAX_CAP } from './engine/profile.ts'
import { DAY, MINUTE, times } from './engine/time.ts'
import { when } from './parse-condition.ts'
import { escalation, sequences, toSequences } from './parse-sequences.ts'
import { name, span } from './parse-span.ts'

export type ParsedPolicy =
  | { readonly kind: 'ok'; readonly policy: Policy }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

const numberIn = (low: number, high: number) => {
  const words = `expected a number from ${low} to ${high}`
  return z.number(words).min(low, words).max(high, words)
}
const countIn = (low: number, high: number) => {
  const words = `expected a whole number from ${low} to ${high}`
  return z.int(words).min(low, words).max(high, words)
}
const points = numberIn(0, 1000)
const positive = numberIn(0.001, 1000)
const share = numberIn(0, 1)
const factor = numberIn(0, 10)
const hour = countIn(0, 23)
/** As many looks as a profile remembers. */
const count = countIn(2, 12)
const flag = z.boolean('expected true or false')

const moment = { enabled: flag, freshFor: span, cooldown: span, capped: flag }

const caps = z.array(z.strictObject({ limit: countIn(1, MAX_CAP), within: span }))
const CUSTOM_DEFAULTS = { freshFor: times(30, MINUTE), cooldown: DAY }
/** Each is asked of every message: a bound keeps the cost of a message bounded. */
const MAX_CUSTOM = 20
const momentName = name
  .refine(given => !MOMENTS.some(known => known === given), 'expected a name that no built-in moment has')
  .meta({ not: { enum: MOMENTS } })

const schema = z
  .strictObject({
    pages: z.record(
      name,
      z.array(z.string().regex(/^[/*]/, 'expected a path pattern that begins with "/" or "*"')).min(1),
    ),
    weights: z
      .strictObject({
        hover: points,
        scroll: points,
        dwell: points,
        click: points,
        copy: points,
        form: points,
        video: points,
        pageViewed: points,
        events: z.record(z.string().min(1).max(100), points),
      })
      .partial(),
    pageWeights: z.record(name, points),
    saturation: z
      .strictObject({
        hover: span,
        dwell: span,
        video: span,
        clicks: positive,
        hoverMinimum: span,
        hoverElements: positive,
      })
      .partial(),
    score: z.strictObject({ halfLife: span, scale: positive }).partial(),
    levels: z
      .strictObject({
        low: positive,
        medium: positive,
        high: positive,
        hysteresis: numberIn(0.1, 1),
        agreement: points,
      })
      .partial(),
    moments: z
      .strictObject({
        engagementLevel: z.strictObject({ ...moment, levels: z.array(z.enum(['low', 'medium', 'high'])) }).partial(),
        pricingIntent: z.strictObject({ ...moment, dwell: span, pageTypes: z.array(name).min(1) }).partial(),
        contentDeepDive: z
          .strictObject({ ...moment, dwell: span, scrollDepth: share, pageTypes: z.array(name).min(1) })
          .partial(),
        repeatProductInterest: z.strictObject({ ...moment, views: count, within: span }).partial(),
        comparison: z.strictObject({ ...moment, products: count, within: span }).partial(),
        hesitation: z.strictObject({ ...moment, dwell: span, hover: span, pageTypes: z.array(name).min(1) }).partial(),
        cartAbandoned: z.strictObject({ ...moment, after: span }).partial(),
        checkoutAbandoned: z.strictObject({ ...moment, after: span }).partial(),
        formAbandoned: z.strictObject({ ...moment, after: span }).partial(),
        sessionExited: z.strictObject({ ...moment, after: span, minimumActive: span }).partial(),
        contentDownloaded: z.strictObject(moment).partial(),
        featureAdoptionStalled: z.strictObject({ ...moment, after: span }).partial(),
        reengaged: z.strictObject({ ...moment, away: span }).partial(),
      })
      .partial(),
    customMoments: z
      .array(
        z.strictObject({
          name: momentName,
          when,
          enabled: flag.default(true),
          freshFor: span.default(CUSTOM_DEFAULTS.freshFor),
          cooldown: span.default(CUSTOM_DEFAULTS.cooldown),
          capped: flag.default(true),
        }),
      )
      .max(MAX_CUSTOM, `expected at most ${MAX_CUSTOM}`),
    sequences,
    escalation,
    segments: z.array(z.strictObject({ name, when, caps })).max(MAX_CUSTOM, `expected at most ${MAX_CUSTOM}`),
    caps,
    traits: z
      .strictObject({
        prefix: z
          .string()
          .regex(/^[a-z][a-z0-9_]{0,30}$/, 'expected lower-case letters, digits and "_", beginning with a letter'),
        scoreStep: numberIn(1, 100),
      })
      .partial(),
    restraint: z
      .strictObject({
        automation: share,
        afterOrder: span,
        cooldownByLevel: z.strictObject({ none: factor, low: factor, medium: factor, high: factor }).partial(),
        cooldownByTrend: z.strictObject({ rising: factor, steady: factor, falling: factor }).partial(),
        highValue: z.strictObject({ events: z.array(z.string().min(1).max(60)).max(20), cooldown: factor }).partial(),
        sustained: span,
        quietHours: z.strictObject({ from: hour, to: hour }).partial(),
        lag: span,
      })
      .partial(),
    consent: z.array(z.string().min(1)),
  })
  .partial()

/** @param config - whatever the configuration file exports. */
export function parsePolicy(config: unknown): ParsedPolicy {
  const parsed = schema.safeParse(config)
  if (!parsed.success) return { kind: 'invalid', problems: parsed.error.issues.flatMap(issue => worded(issue, config)) }
  const policy = overlay(parsed.data)
  const { low, medium, high } = policy.levels
  if (low < medium && medium < high) return { kind: 'ok', policy }
  return {
    kind: 'invalid',
    problems: [`levels: found low ${low}, medium ${medium}, high ${high}; expected each to be above the one before`],
  }
}

/**
 * The same rules as a JSON Schema (draft 2020-12). It accepts what `parsePolicy` accepts, and besides that only what no
 * schema can tell: levels out of order, and an `under` that is not above its `atLeast`.
 */
export function shapeOfConfig(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, { io: 'input' })
}

function overlay(config: z.output<typeof schema>): Policy {
  const d = defaultPolicy
  const pages = Object.entries(config.pages ?? {}).map(([type, paths]) => ({ type, paths }))
  return {
    pages: [...pages, ...d.pages],
    weights: { ...over(d.weights, config.weights), events: { ...d.weights.events, ...config.weights?.events } },
    pageWeights: { ...d.pageWeights, ...config.pageWeights },
    saturation: over(d.saturation, config.saturation),
    score: over(d.score, config.score),
    levels: over(d.levels, config.levels),
    moments: {
      engagementLevel: over(d.moments.engagementLevel, config.moments?.engagementLevel),
      pricingIntent: over(d.moments.pricingIntent, config.moments?.pricingIntent),
      contentDeepDive: over(d.moments.contentDeepDive, config.moments?.contentDeepDive),
      repeatProductInterest: over(d.moments.repeatProductInterest, config.moments?.repeatProductInterest),
      comparison: over(d.moments.comparison, config.moments?.comparison),
      hesitation: over(d.moments.hesitation, config.moments?.hesitation),
      cartAbandoned: over(d.moments.cartAbandoned, config.moments?.cartAbandoned),
      checkoutAbandoned: over(d.moments.checkoutAbandoned, config.moments?.checkoutAbandoned),
      formAbandoned: over(d.moments.formAbandoned, config.moments?.formAbandoned),
      sessionExited: over(d.moments.sessionExited, config.moments?.sessionExited),
      contentDownloaded: over(d.moments.contentDownloaded, config.moments?.contentDownloaded),
      featureAdoptionStalled: over(d.moments.featureAdoptionStalled, config.moments?.featureAdoptionStalled),
      reengaged: over(d.moments.reengaged, config.moments?.reengaged),
    },
    customMoments: config.customMoments ?? d.customMoments,
    sequences: toSequences(config.sequences),
    escalation: over(d.escalation, config.escalation),
    segments: config.segments ?? d.segments,
    caps: config.caps ?? d.caps,
    traits: over(d.traits, config.traits),
    restraint: overRestraint(config.restraint),
    consent: config.consent ?? d.consent,
  }
}

function overRestraint({
  cooldownByLevel,
  cooldownByTrend,
  highValue,
  quietHours,
  ...restraint
}: z.output<typeof schema>['restraint'] & object = {}): Policy['restraint'] {
  const d = defaultPolicy.restraint
  return {
    ...over(d, restraint),
    cooldownByLevel: over(d.cooldownByLevel, cooldownByLevel),
    cooldownByTrend: over(d.cooldownByTrend, cooldownByTrend),
    highValue: over(d.highValue, highValue),
    quietHours: over(d.quietHours, quietHours),
  }
}

/** The defaults with the given members in their place; a member given as undefined stays the default. */
function over<T extends object>(defaults: T, given: { readonly [K in keyof T]?: T[K] | undefined } | undefined): T {
  const present = Object.entries(given ?? {}).filter(([, value]) => value !== undefined)
  return Object.assign({ ...defaults }, Object.fromEntries(present))
}

type Issue = z.core.$ZodIssue

function worded(issue: Issue, config: unknown): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => `${pathWords([...issue.path, key])}: there is no such setting`)
  }
  const found = issue.path.reduce<unknown>(
    (value, key) => (Object(value) === value ? Reflect.get(Object(value), key) : undefined),
    config,
  )
  return [`${pathWords(issue.path)}: found ${JSON.stringify(found) ?? typeof found}; ${issue.message}`]
}

function pathWords(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the configuration' : path.map(String).join('.')
}
