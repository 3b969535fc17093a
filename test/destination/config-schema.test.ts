/** The JSON Schema for editors against the parser: two judges that must agree on every configuration. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { configSchema } from '../../src/destination/config-schema.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'

const schema = configSchema()
const isValid = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(schema)
const isAccepted = (config: unknown) => parsePolicy(config).kind === 'ok'

const GOOD: readonly object[] = [
  {},
  { pages: { pricing: ['/tarifs*'] }, pageWeights: { pricing: 2, 'help page': 0.5 } },
  { weights: { hover: 4, events: { 'Demo Requested': 5 } } },
  { moments: { cartAbandoned: { after: '45m' }, sessionExited: { enabled: false }, comparison: { products: 4 } } },
  { caps: [], consent: ['Advertising'], restraint: { cooldownByLevel: { high: 0 } } },
  { score: { halfLife: '400d' }, saturation: { hoverMinimum: '0.5ms' } },
  { customMoments: [{ name: 'Mine', when: { page: ['pricing', 'cart'], dwell: { atLeast: '90s', under: '1h' } } }] },
  {
    customMoments: [{ name: 'Mine', when: { event: { name: 'Product Viewed', properties: { price: { over: 9 } } } } }],
  },
  { sequences: { cart_abandonment: { enabled: false }, form_recovery: { quiet: '0s' } }, escalation: { pace: 0.5 } },
  {
    sequences: {
      demo: {
        startOn: 'Pricing Intent Detected',
        leaveOn: ['ordered', { event: 'demo_booked' }],
        steps: [
          { after: '0s', channel: 'email' },
          {
            after: '1d',
            choose: [
              { on: 'email_clicked', channel: 'push' },
              { channel: 'sms', content: 3, message: 'last' },
            ],
          },
        ],
      },
    },
  },
  { segments: [{ name: 'trial', when: { traits: { plan: ['trial', 'free'] } }, caps: [{ limit: 1, within: '7d' }] }] },
]

const BAD: readonly unknown[] = [
  'fast',
  null,
  { wait: 1 },
  { pages: { pricing: ['tarifs'] } },
  { pages: { 'a/b': ['/'] } },
  { weights: { productAdded: 4 } },
  { weights: { events: { 'Demo Requested': '5' } } },
  { moments: { cartAbandoned: { after: '45' } } },
  { moments: { cartAbandoned: { after: '401d' } } },
  { moments: { cartAbandoned: { after: '0.0h' } } },
  { moments: { comparison: { products: 2.5 } } },
  { moments: { pricingIntent: { pageTypes: [] } } },
  { caps: [{ limit: 11, within: '1d' }] },
  { traits: { prefix: 'Inkling ' } },
  { customMoments: [{ name: 'Cart Abandoned', when: { page: 'cart' } }] },
  { sequences: { demo: { startOn: 'ordered' } } },
  { sequences: { Demo: { startOn: 'ordered', steps: [{ after: '0s', channel: 'email' }] } } },
  { sequences: { cart_abandonment: { startOn: 'orderd' } } },
  { sequences: { cart_abandonment: { steps: [] } } },
  { sequences: { cart_abandonment: { steps: [{ after: '1h', channel: 'pigeon' }] } } },
  { sequences: { cart_abandonment: { steps: [{ after: '1h', channel: 'email', content: 4 }] } } },
  { sequences: { cart_abandonment: { steps: [{ channel: 'email' }] } } },
  { sequences: { cart_abandonment: { cooldown: '0s' } } },
  { escalation: { pace: 2 } },
  { customMoments: [{ name: 'Mine', when: {} }] },
  { customMoments: [{ name: 'Mine', when: { cart: {} } }] },
  { customMoments: [{ name: 'Mine', when: { traits: {} } }] },
  { customMoments: [{ name: 'Mine', when: { traits: { clvv: 1 } } }] },
  { customMoments: [{ name: 'Mine', when: { scroll: { atLeast: '100.5%' } } }] },
  { customMoments: [{ name: 'Mine', when: { viewed: { page: 'a', product: 'b', atLeast: 1, within: '1d' } } }] },
]

test.each(GOOD)('both accept %j', config => {
  expect({ valid: isValid(config), problems: isValid.errors }).toEqual({ valid: true, problems: null })
  expect(parsePolicy(config)).toMatchObject({ kind: 'ok' })
})

test.each(BAD)('both refuse %j', config => {
  expect({ valid: isValid(config), accepted: isAccepted(config) }).toEqual({ valid: false, accepted: false })
})

test('what no schema can tell is left to the parser: levels in order, and a range that is none', () => {
  const outOfOrder = { levels: { low: 0.5 } }
  const steps = ['4h', '1h'].map(after => ({ after, channel: 'email' }))
  const backwards = { sequences: { cart_abandonment: { steps } } }
  const empty = { customMoments: [{ name: 'Mine', when: { dwell: { atLeast: '90s', under: '10s' } } }] }
  for (const config of [outOfOrder, backwards, empty])
    expect({ valid: isValid(config), accepted: isAccepted(config) }).toEqual({ valid: true, accepted: false })
})

test('any configuration is valid by the schema exactly if the parser accepts it', () => {
  let [accepted, refused] = [0, 0]
  fc.assert(
    fc.property(configs(schema), config => {
      if (isUntellable(config)) return
      const verdict = isAccepted(config)
      if (verdict) accepted += 1
      else refused += 1
      expect(isValid(config)).toBe(verdict)
    }),
    { numRuns: 3000 },
  )
  // A generator that reaches one side only would prove nothing.
  expect(Math.min(accepted, refused)).toBeGreaterThan(300)
})

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

test('a duration or percentage is in bounds for the schema exactly if it is for the parser', () => {
  const digits = fc.stringMatching(/^(0{1,3}|\d{1,12})(\.\d{1,4})?$/)
  const near = fc
    .tuple(fc.constantFrom(400, 9_600, 576_000, 34_560_000, 34_560_000_000, 0), fc.integer({ min: -2, max: 2 }))
    .map(([limit, off]) => String(Math.abs(limit + off)))
  fc.assert(
    fc.property(fc.oneof(digits, near), fc.constantFrom('ms', 's', 'm', 'h', 'd', ''), (count, unit) => {
      const ms = Number(count) * (UNITS[unit] ?? Number.NaN)
      const config = { score: { halfLife: `${count}${unit}` } }
      const fits = ms > 0 && ms <= 400 * 86_400_000
      expect({ valid: isValid(config), accepted: isAccepted(config) }).toEqual({ valid: fits, accepted: fits })
    }),
    { numRuns: 1000 },
  )
  fc.assert(
    fc.property(fc.stringMatching(/^\d{1,3}(\.\d{1,3})?$/), count => {
      const config = { customMoments: [{ name: 'Mine', when: { scroll: { atLeast: `${count}%` } } }] }
      const fits = Number(count) <= 100
      expect({ valid: isValid(config), accepted: isAccepted(config) }).toEqual({ valid: fits, accepted: fits })
    }),
  )
})

test('every default stands in the schema as a configuration writes it', () => {
  const config = defaultsIn(schema)
  expect(config).toMatchObject({
    moments: { cartAbandoned: { after: '30m' }, repeatProductInterest: { within: '14d' } },
    caps: [
      { limit: 3, within: '2d' },
      { limit: 3, within: '7d' },
    ],
  })
  const parsed = parsePolicy({ ...config, pages: {} })
  expect(parsed).toEqual(parsePolicy({}))
})

type Fields = Readonly<Record<string, unknown>>

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

/** The default of every setting, in the shape of a configuration. */
function defaultsIn(of: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields(of['properties'])).flatMap(([name, member]) => {
      const inner = fields(member)
      // The steps of a sequence: a schema can tell their shape, not their default.
      if (name === 'steps') return []
      return [[name, 'default' in inner ? inner['default'] : defaultsIn(inner)]]
    }),
  )
}

/** Right for some setting, wrong for others, and at the edges. */
const LEAVES: readonly unknown[] = [
  ...[true, false, null, {}, [], '', 'x', 'pricing', 'Cart Abandoned', '/a*', 'a/b', 'Inkling ', 'inkling_', 'medium'],
  ...['90s', '90', '0s', '400d', '401d', '1.5h', '-1s', '50%', '100%', '101%', '50', 'any', 'plan', 'x'.repeat(65)],
  ...[-1, 0, 0.0005, 0.001, 0.05, 0.5, 1, 1.5, 2, 3, 10, 10.5, 12, 13, 24, 25, 100, 1000, 1001],
  ...[['pricing'], ['/a*', 'b'], ['medium', 'high'], ['90s'], ['none'], [1, true]],
]
const KEYS = ['pricing', 'Product Viewed', 'level', 'clv', 'a/b', '', 'x'.repeat(101)]

/** Configurations made from the schema, so that a new setting is tried as soon as it exists; now and then they break it. */
function configs(of: Fields): fc.Arbitrary<unknown> {
  const leaf = fc.constantFrom(...LEAVES)
  return fc.oneof({ weight: 12, arbitrary: fitting(of) }, { weight: 1, arbitrary: leaf })
}

function fitting(of: Fields): fc.Arbitrary<unknown> {
  const definition = String(of['$ref'] ?? '').replace('#/$defs/', '')
  if (definition !== '') return fitting(fields(fields(schema['$defs'])[definition]))
  const options = of['anyOf']
  if (Array.isArray(options)) return fc.oneof(...options.map(option => configs(fields(option))))
  if (of['properties'] !== undefined) return objects(of)
  if (of['type'] === 'object') {
    return fc.dictionary(fc.constantFrom(...KEYS), configs(fields(of['additionalProperties'])), { maxKeys: 2 })
  }
  if (of['type'] === 'array') return fc.array(configs(fields(of['items'])), { maxLength: 2 })
  const right = new Ajv2020({ strict: false }).compile({ ...of })
  const own = LEAVES.filter(value => right(value))
  return own.length === 0 ? fc.constantFrom(...LEAVES) : fc.constantFrom(...own)
}

/** A few of its members, the needed ones mostly, and seldom one that it does not have. */
function objects(of: Fields): fc.Arbitrary<unknown> {
  const needed = Array.isArray(of['required']) ? of['required'] : []
  const members = Object.entries(fields(of['properties']))
  const some = members.filter(([name]) => !needed.includes(name))
  const each = Object.fromEntries(members.map(([name, member]) => [name, configs(fields(member))]))
  return fc
    .tuple(
      fc.record(each),
      fc.subarray(
        some.map(([name]) => name),
        { maxLength: Math.min(2, some.length) },
      ),
      fc.integer({ min: 0, max: 40 }),
    )
    .map(([all, chosen, luck]) => ({
      ...Object.fromEntries(
        Object.entries(all).filter(([name]) => chosen.includes(name) || (needed.includes(name) && luck !== 0)),
      ),
      ...(luck === 1 && { surprise: true }),
    }))
}

/** Whether it breaks a rule that no schema can tell; asked of the plain configuration, not of the parser. */
function isUntellable(config: unknown): boolean {
  const { low = 0.08, medium = 0.18, high = 0.26 } = fields(fields(config)['levels'])
  if (!(Number(low) < Number(medium) && Number(medium) < Number(high))) return true
  return hasEmptyRange(config) || hasStepsBackwards(config)
}

function hasStepsBackwards(config: unknown): boolean {
  return Object.values(fields(fields(config)['sequences'])).some(sequence => {
    const { steps } = fields(sequence)
    const [first, second] = Array.isArray(steps) ? steps.map(step => sizeOf(fields(step)['after'])) : []
    return first !== undefined && second !== undefined && second <= first
  })
}

function hasEmptyRange(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { atLeast, over, under } = fields(value)
  const from = sizeOf(atLeast ?? over)
  if (under !== undefined && from !== undefined && from >= (sizeOf(under) ?? from)) return true
  return Object.values(value).some(hasEmptyRange)
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return typeof value === 'number' ? value : undefined
  const unit = { s: 1_000, h: 3_600_000, d: 86_400_000, '%': 0.01 }[value.slice(-1)]
  return unit === undefined ? undefined : Number(value.slice(0, -1)) * unit
}
