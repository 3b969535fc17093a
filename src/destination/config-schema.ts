/** The JSON Schema of `inkling.config.ts`, for editors and forms: the parser's own rules, with every default. */
import { defaultPolicy } from './engine/policy.ts'
import { shapeOfConfig } from './parse-policy.ts'

export function configSchema(): Readonly<Record<string, unknown>> {
  const { pages, sequences, ...defaults } = defaultPolicy
  const byType = Object.fromEntries(pages.map(({ type, paths }) => [type, paths]))
  // Steps are told by `inkling check` and in the documents: their conditions are kept in another form than they are written in.
  const byName = Object.fromEntries(sequences.map(({ name, steps: _steps, ...sequence }) => [name, sequence]))
  return {
    ...withDefaults(shapeOfConfig(), { ...defaults, pages: byType, sequences: byName }),
    title: 'Inkling configuration',
    description: 'What inkling.config.ts exports. Everything is optional; what is absent keeps its default.',
  }
}

/** Every single setting gets the default the policy has, as a configuration would write it. */
function withDefaults(schema: Fields, value: unknown): Fields {
  const { properties, items } = schema
  const [members, defaults] = [fields(properties), fields(value)]
  return {
    ...schema,
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(members).map(([name, member]) => [name, withDefaults(fields(member), defaults[name])]),
      ),
    }),
    ...(items !== undefined && { items: withDefaults(fields(items), undefined) }),
    ...(properties === undefined && value !== undefined && { default: written(schema, value) }),
    // What the parser fills in itself, it says in milliseconds.
    ...(value === undefined && 'default' in schema && { default: written(schema, schema['default']) }),
  }
}

/** A default as it is written: durations with their unit, within lists too. */
function written(schema: Fields, value: unknown): unknown {
  if (Array.isArray(value)) return value.map(entry => written(fields(schema['items']), entry))
  if (typeof value === 'number') return isSpan(schema) ? spanText(value) : value
  if (typeof value !== 'object' || value === null) return value
  const members = fields(schema['properties'])
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, written(fields(members[name]), inner)]))
}

/** A duration, or one that may also be nothing. */
function isSpan({ $ref, anyOf }: Fields): boolean {
  return $ref === '#/$defs/duration' || (Array.isArray(anyOf) && anyOf.some(option => isSpan(fields(option))))
}

/** ms → the shortest of `'90s'`, `'30m'`, `'12h'`, `'7d'`. */
function spanText(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
    [1_000, 's'],
  ] as const
  const [size, unit] = units.find(([size]) => ms >= size && ms % size === 0) ?? [1, 'ms']
  return ms === 0 ? '0s' : `${ms / size}${unit}`
}

type Fields = Readonly<Record<string, unknown>>

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
