/** Holds what the documents say of moments to the code: properties, settings, advice, restraints, points by event. */
import { expect, test } from 'vitest'
import { exactly } from '../src/destination/commands/policy-span.ts'
import { momentWords } from '../src/destination/commands/policy-words.ts'
import { MOMENTS, RESTRAINTS } from '../src/destination/engine/fact.ts'
import { momentProperties } from '../src/destination/engine/moments/properties.ts'
import { defaultPolicy } from '../src/destination/engine/policy.ts'
import { CUES } from '../src/destination/engine/sequences/sequence.ts'
import { EVENT_KINDS } from '../src/destination/engine/standard-events.ts'
import { parsePolicy } from '../src/destination/parse-policy.ts'
import { read, rowsOf, sectionOf } from './support/markdown.ts'
import { added, identified, letDue, measured, message, tell } from './support/messages.ts'
import { configWith, SETTINGS } from './support/settings.ts'

const traitsAndMoments = read('docs/traits-and-moments.md')
const tuning = read('docs/tuning.md')
const readme = read('README.md')

const viewed = (clock: string, id: string) =>
  message(clock, { event: 'Product Viewed', properties: { product_id: id, name: id } })
const used = (clock: string) => message(clock, { event: 'Feature Used', properties: { feature: 'export' } })
const begun = message('10:02', { event: 'Checkout Started', properties: {} })
const download = message('10:00', { event: 'File Downloaded', properties: { file: 'guide.pdf' } })
const withTotals = (clock: string, totals: object) => {
  const summary = measured(clock, { activeMs: 30_000, hovers: { plan: 1000 } })
  return { ...summary, properties: { ...summary.properties, ...totals } }
}
const own = parsePolicy({ customMoments: [{ name: 'A moment of your own', when: { page: 'cart' } }] })

/** Each moment as its section tells it, with the default policy. */
const FIRED = [
  tell([measured('10:00', { hovers: { plan: 3500 } })]),
  tell([measured('10:00', { path: '/pricing', activeMs: 95_000, scrollDepth: 0.6 })]),
  tell([measured('10:00', { path: '/blog/moss', activeMs: 65_000, scrollDepth: 0.85 })]),
  tell([viewed('1 10:00', 'fern'), viewed('2 10:00', 'fern'), viewed('3 10:00', 'fern')]),
  tell([viewed('10:00', 'fern'), viewed('10:01', 'moss'), viewed('10:02', 'ivy'), viewed('10:03', 'fern')]),
  tell([measured('10:00', { path: '/checkout', activeMs: 50_000, hovers: { 'place-order': 4000 } })]),
  letDue(tell([identified('10:00'), added('10:01', 'fern')]), 'cart'),
  letDue(tell([identified('10:00'), added('10:01', 'fern'), begun]), 'checkout'),
  letDue(
    tell([
      identified('10:00'),
      withTotals('10:01', { form: { id: 'contact', state: 'engaged', last_field: 'phone', fields_touched: 3 } }),
    ]),
    'form',
  ),
  letDue(tell([withTotals('10:00', { exit: { kind: 'close' } })]), 'exit'),
  tell([download]),
  letDue(tell([identified('10:00'), used('10:01')]), 'feature'),
  tell([measured('1 10:00', { page: 'a' }), measured('20 10:00', { page: 'b', hovers: { plan: 5000 } })]),
  ...(own.kind === 'ok' ? [tell([measured('10:00', { path: '/cart' })], own.policy)] : []),
].flatMap(({ moments }) => moments)

test.each([...MOMENTS, 'A moment of your own'])('%s is documented with the properties it carries', name => {
  const { reason, ...properties } = FIRED.find(({ moment }) => moment === name)?.properties ?? {}
  const rows = rowsOf(sectionOf(traitsAndMoments, name)).filter(cells => cells.length === 2)
  expect(rows.map(([property]) => property)).toEqual(['property', ...Object.keys(properties)])
  expect(reason).toBeTypeOf('string')
})

test.each([...MOMENTS, 'A moment of your own'])(
  '%s carries the properties that are told of it, of their types',
  name => {
    const fired = FIRED.find(({ moment }) => moment === name)?.properties ?? {}
    const customs = own.kind === 'ok' ? own.policy.customMoments : []
    const { properties = [] } = momentProperties(customs).find(moment => moment.name === name) ?? {}
    expect(properties.map(property => property.name).toSorted()).toEqual(Object.keys(fired).toSorted())
    for (const property of properties) {
      const value = fired[property.name] ?? null
      if (value !== null) expect([property.name, typeOf(value)]).toEqual([property.name, property.type])
    }
  },
)

function typeOf(value: unknown): string {
  if (typeof value === 'number') return 'number'
  return /^\d{4}-\d\d-\d\dT.*Z$/.test(String(value)) ? 'time' : 'text'
}

const WORDS = Object.entries(momentWords(defaultPolicy)).map(([key, { name }]) => ({ key, name }))
const COMMON = ['enabled', 'freshFor', 'cooldown', 'capped']

test.each(WORDS)('$name is documented with every setting it has, and how to tune it', ({ key, name }) => {
  const ofIt = SETTINGS.filter(setting => setting.startsWith(`moments.${key}.`) && !setting.endsWith('.enabled'))
  const rows = rowsOf(sectionOf(traitsAndMoments, name)).map(([setting]) => setting)
  expect(rows.filter(setting => setting?.startsWith('moments.')).toSorted()).toEqual(ofIt.toSorted())
  const advice = sectionOf(tuning, name)
  const special = ofIt.filter(setting => !COMMON.includes(setting.split('.').at(-1) ?? ''))
  for (const setting of special) expect(advice).toContain(`\`${setting}\``)
  expect(sectionOf(readme, 'What is written')).toContain(`| \`${name}\` |`)
})

test('every sequence is documented with its steps, channels, contents and messages', () => {
  const steps = rowsOf(sectionOf(read('docs/sequences.md'), 'What comes with it')).slice(1)
  expect(steps).toEqual(
    defaultPolicy.sequences.flatMap(({ name, steps }) =>
      steps.flatMap(({ after, ways }, index) =>
        ways.map(({ channel, content, message }) => [
          name,
          String(index + 1),
          after === 0 ? 'at once' : `after ${exactly(after)}`,
          channel,
          String(content).replace('_', ' '),
          message,
        ]),
      ),
    ),
  )
})

test('every member of a sequence and every cue is documented', () => {
  const tables = rowsOf(sectionOf(read('docs/sequences.md'), 'Change one, or write your own'))
  const { name: _name, ...members } = defaultPolicy.sequences[0] ?? {}
  const named = tables.map(([name]) => name)
  for (const name of [...Object.keys(members), ...CUES]) expect(named).toContain(name)
  const own = parsePolicy({ sequences: { own: { startOn: 'ordered', steps: [{ after: '1h', channel: 'email' }] } } })
  const defaults = own.kind === 'ok' ? own.policy.sequences.at(-1) : undefined
  expect(defaults).toMatchObject({ enabled: true, leaveOn: ['ordered'], cooldown: 48 * 3_600_000, quiet: 1_800_000 })
  expect(defaults).toMatchObject({ capped: true, freshFor: 6 * 3_600_000 })
})

test('whatever the page on tuning names is there: settings, and moments and values to calibrate', () => {
  for (const [, path = ''] of tuning.matchAll(/`((?:moments|restraint|weights|levels)\.[\w.]+)`/g))
    expect(SETTINGS).toContain(path)
  const commands = [...tuning.matchAll(/calibrate.* --moment "([^"]+)" --parameter (\S+) --values (\S+)/g)]
  expect(commands.length).toBeGreaterThan(5)
  for (const [, name, path = '', values = ''] of commands) {
    expect(MOMENTS).toContain(name)
    expect(SETTINGS).toContain(path)
    for (const value of values.split(',')) {
      const given = Number.isNaN(Number(value)) ? value : Number(value)
      expect(parsePolicy(configWith(path, given))).toMatchObject({ kind: 'ok' })
    }
  }
})

test('everything that restrains a moment is explained', () => {
  const [, ...rows] = rowsOf(sectionOf(traitsAndMoments, 'What restrains a moment'))
  expect(rows.map(([word]) => word).toSorted()).toEqual(RESTRAINTS.toSorted())
})

test('every standard event is documented with what it earns and what it counts as', () => {
  const rows = rowsOf(sectionOf(traitsAndMoments, 'What your events earn')).slice(1)
  expect(rows).toEqual(
    Object.entries(defaultPolicy.weights.events).map(([name, points]) => [name, String(points), EVENT_KINDS[name]]),
  )
})
