/** `when: { page: 'pricing', dwell: { atLeast: '90s' } }` → conditions, every mistake named by its path. */
import { z } from 'zod'
import { type Condition, type Expectation, type Range, TOLD_TRAITS } from './engine/condition.ts'
import { duration } from './engine/time.ts'
import { TRAITS } from './engine/traits.ts'
import { name, percentage, span } from './parse-span.ts'

const TRAIT_NAMES: readonly string[] = [...TOLD_TRAITS, ...TRAITS.map(trait => trait.name)]

const oneGiven = (found: object) => Object.values(found).some(given => given !== undefined)
/** The same for the JSON Schema, which cannot ask a function. */
const NOT_EMPTY = { minProperties: 1 }

/** `over` and `atLeast` are the same to within a unit; people write either. */
function range<T extends z.ZodType<number>>(value: T) {
  return z
    .strictObject({ atLeast: value.optional(), over: value.optional(), under: value.optional() })
    .refine(oneGiven, 'expected atLeast, over or under')
    .refine(
      ({ atLeast, over, under }) => under === undefined || (atLeast ?? over ?? Number.NEGATIVE_INFINITY) < under,
      'expected under to be above atLeast',
    )
    .meta(NOT_EMPTY)
    .transform(({ atLeast, over, under }): Range => {
      const from = atLeast ?? over
      return { ...(from !== undefined && { atLeast: from }), ...(under !== undefined && { under }) }
    })
}

const number = z.number('expected a number').finite()
const hour = z.int('expected a whole hour from 0 to 24').min(0).max(24, 'expected a whole hour from 0 to 24')
const names = z.union([name.transform(one => [one]), z.array(name).min(1)], 'expected a name or a list of names')
const value = z.union([z.string(), z.number(), z.boolean()])
const expectation = z.union(
  [
    value.transform((one): Expectation => ({ kind: 'one_of', values: [one] })),
    z
      .array(value)
      .min(1)
      .transform((values): Expectation => ({ kind: 'one_of', values })),
    range(number).transform((found): Expectation => ({ kind: 'range', range: found })),
  ],
  'expected a value, a list of values, or a range such as { over: 500 }',
)
const path = z.string().regex(/^[/*]/)
const paths = z.union(
  [path.transform(one => [one]), z.array(path).min(1)],
  'expected path patterns that begin with "/" or "*"',
)
const views = z.strictObject({
  page: name.optional(),
  product: z.union([z.literal('any'), z.string().min(1).max(60)], 'expected a product id, or "any"').optional(),
  atLeast: z
    .int('expected a whole number of views')
    .min(1)
    .max(12, 'expected at most 12, as many as a profile remembers'),
  within: span,
})

/** The shape of `when`; an empty one, or one with an empty part, would hold always and is refused. */
export const when: z.ZodType<readonly Condition[]> = z
  .strictObject({
    page: names,
    path: paths,
    dwell: range(span),
    scroll: range(percentage),
    hover: range(span),
    hoverOn: z.strictObject({ element: z.string().min(1).max(60), atLeast: span }),
    clicks: range(number),
    cart: z
      .strictObject({
        empty: z.boolean().optional(),
        value: range(number).optional(),
        items: range(number).optional(),
      })
      .refine(oneGiven, 'expected empty, value or items')
      .meta(NOT_EMPTY),
    event: z.union([
      z
        .string()
        .min(1)
        .transform(event => ({ name: event, properties: {} })),
      z.strictObject({ name: z.string().min(1), properties: z.record(z.string(), expectation).default({}) }),
    ]),
    traits: z
      .record(z.string(), expectation)
      .superRefine((traits, context) => {
        for (const trait of Object.keys(traits)) {
          if (!TRAIT_NAMES.includes(trait))
            context.addIssue({ code: 'custom', path: [trait], message: `expected one of ${TRAIT_NAMES.join(', ')}` })
        }
      })
      .refine(oneGiven, 'expected at least one trait')
      .meta({ ...NOT_EMPTY, propertyNames: { enum: TRAIT_NAMES } }),
    device: names,
    localTime: z.strictObject({ from: hour, to: hour }),
    viewed: views
      .refine(
        ({ page, product }) => (page === undefined) !== (product === undefined),
        'expected either page or product',
      )
      .meta({ oneOf: [{ required: ['page'] }, { required: ['product'] }] }),
    ordered: z.strictObject({ within: span }),
    notOrdered: z.strictObject({ within: span }),
    visits: range(number),
  })
  .partial()
  .refine(oneGiven, 'expected at least one condition')
  .meta(NOT_EMPTY)
  .transform((found): readonly Condition[] => toConditions(found))

type Found = Partial<{
  page: readonly string[]
  path: readonly string[]
  dwell: Range
  scroll: Range
  hover: Range
  hoverOn: { element: string; atLeast: number }
  clicks: Range
  cart: { empty?: boolean | undefined; value?: Range | undefined; items?: Range | undefined }
  event: { name: string; properties: Readonly<Record<string, Expectation>> }
  traits: Readonly<Record<string, Expectation>>
  device: readonly string[]
  localTime: { from: number; to: number }
  viewed: { page?: string | undefined; product?: string | undefined; atLeast: number; within: number }
  ordered: { within: number }
  notOrdered: { within: number }
  visits: Range
}>

function toConditions(found: { readonly [K in keyof Found]: Found[K] | undefined }): readonly Condition[] {
  const {
    page,
    path,
    dwell,
    scroll,
    hover,
    hoverOn,
    clicks,
    cart,
    event,
    traits,
    device,
    localTime,
    viewed,
    ordered,
    notOrdered,
    visits,
  } = found
  const conditions: (Condition | undefined)[] = [
    page && { kind: 'page', types: page },
    path && { kind: 'path', patterns: path },
    dwell && { kind: 'dwell', range: dwell },
    scroll && { kind: 'scroll', range: scroll },
    hover && { kind: 'hover', range: hover },
    hoverOn && { kind: 'hover', element: hoverOn.element, range: { atLeast: hoverOn.atLeast } },
    clicks && { kind: 'clicks', range: clicks },
    cart && {
      kind: 'cart',
      ...(cart.empty !== undefined && { empty: cart.empty }),
      ...(cart.value !== undefined && { value: cart.value }),
      ...(cart.items !== undefined && { items: cart.items }),
    },
    event && { kind: 'event', name: event.name, properties: event.properties },
    ...Object.entries(traits ?? {}).map(([trait, expected]): Condition => ({ kind: 'trait', name: trait, expected })),
    device && { kind: 'device', devices: device },
    localTime && { kind: 'local_time', from: localTime.from, to: localTime.to },
    viewed && toViewed(viewed),
    ordered && { kind: 'ordered', within: duration(ordered.within), expected: true },
    notOrdered && { kind: 'ordered', within: duration(notOrdered.within), expected: false },
    visits && { kind: 'visits', range: visits },
  ]
  return conditions.filter(condition => condition !== undefined)
}

function toViewed({ page, product, atLeast, within }: NonNullable<Found['viewed']>): Condition {
  const of = page === undefined ? 'product' : 'page'
  const looked = page ?? (product === 'any' ? undefined : product)
  return {
    kind: 'viewed',
    of,
    times: { atLeast },
    within: duration(within),
    ...(looked !== undefined && { name: looked }),
  }
}
