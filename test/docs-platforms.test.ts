/** Holds what the pages of the platforms say to the code: every merge tag, the drafts of flows, the bounds of a request. */
import { describe, expect, test } from 'vitest'
import { eventNameOf, momentPropertyNames } from '../src/connectors/hubspot/map.ts'
import { BULK, BULK_RESENDS, EVENTS_ALONE } from '../src/connectors/klaviyo/settings.ts'
import { FLOWS } from '../src/connectors/setup.ts'
import { momentProperties } from '../src/destination/engine/moments/properties.ts'
import { defaultPolicy } from '../src/destination/engine/policy.ts'
import { TRAITS } from '../src/destination/engine/traits.ts'
import { fencesOf, read, rowsOf, sectionOf } from './support/markdown.ts'

const MOMENTS = momentProperties([])
const TRAIT_NAMES = TRAITS.map(({ name }) => defaultPolicy.traits.prefix + name)

/** Who carries each property, by its name. */
const CARRIERS = Object.entries(
  Object.groupBy(
    MOMENTS.flatMap(({ name, properties }) => properties.map(property => ({ property: property.name, moment: name }))),
    ({ property }) => property,
  ),
)
  .map(([property, carried = []]) => ({ property, moments: [...new Set(carried.map(({ moment }) => moment))] }))
  .toSorted((a, b) => (a.property < b.property ? -1 : 1))

describe.each([
  ['docs/klaviyo.md', (trait: string) => `{{ person|lookup:'${trait}' }}`, (name: string) => `{{ event.${name} }}`],
  [
    'docs/braze.md',
    (trait: string) => `{{custom_attribute.\${${trait}}}}`,
    (name: string) => `{{context.\${${name}}}}`,
  ],
] as const)('%s', (path, ofTrait, ofProperty) => {
  const page = read(path)

  test('spells the merge tag of every trait', () => {
    const [tags = ''] = fencesOf(sectionOf(page, 'Traits in a message'), 'liquid')
    expect(tags.trim().split('\n')).toEqual(TRAIT_NAMES.map(ofTrait))
  })

  test('spells the merge tag of every property, and says which moments carry it', () => {
    const [, ...rows] = rowsOf(sectionOf(page, 'Properties in a message'))
    expect(rows).toEqual(
      CARRIERS.map(({ property, moments }) => [
        property,
        ofProperty(property),
        moments.length === MOMENTS.length ? 'every moment' : moments.join(', '),
      ]),
    )
  })

  test('reads in its examples only what is there', () => {
    const properties = CARRIERS.map(({ property }) => property)
    for (const [, name = ''] of page.matchAll(
      /\b(?:event|context|event_properties|canvas_entry_properties)\.(?:\$\{)?(\w+)/g,
    ))
      expect(properties).toContain(name)
    // `inkling_visitor_` begins the label of an alias, and is no trait.
    for (const [name] of page.matchAll(/\binkling_(?!visitor_)\w+/g)) expect(TRAIT_NAMES).toContain(name)
  })
})

test('docs/hubspot.md spells the merge tag of every trait, and where every moment stands', () => {
  const page = read('docs/hubspot.md')
  const [tags = ''] = fencesOf(sectionOf(page, 'Traits in an e-mail'), '')
  expect(tags.trim().split('\n')).toEqual(TRAIT_NAMES.map(name => `{{ contact.${name} }}`))
  const [, ...rows] = rowsOf(sectionOf(page, 'Moments in an e-mail'))
  expect(rows).toEqual(
    MOMENTS.map(({ name }) => {
      const { at, details } = momentPropertyNames(name)
      return [name, eventNameOf(name), `{{ contact.${at} }}`, `{{ contact.${details} }}`]
    }),
  )
  const [, twins = ''] = /are shown by the tags above: ([^.]+)\./.exec(page.replace(/\s+/g, ' ')) ?? []
  const properties = CARRIERS.map(({ property }) => property)
  expect(twins.replaceAll('`', '').split(', ')).toEqual(
    TRAITS.map(({ name }) => name).filter(name => properties.includes(name)),
  )
})

test.each(['docs/klaviyo.md', 'docs/hubspot.md'])('%s names the flows that are drafted', path => {
  const words = read(path).replace(/\s+/g, ' ')
  for (const { name } of Object.values(FLOWS)) expect(words).toContain(`*${name}*`)
})

test('docs/klaviyo.md says how many events go alone, how many in bulk, and how often they are sent again', () => {
  const travel = sectionOf(read('docs/klaviyo.md'), 'How writes travel').replace(/\s+/g, ' ')
  expect(travel).toContain(`more than ${EVENTS_ALONE} events wait together`)
  expect(travel).toContain(`${BULK.events.toLocaleString('en')} events and ${BULK.bytes / 1e6} MB a request`)
  expect(travel).toContain(`sent again, ${['no', 'one', 'two', 'three', 'four', 'five'][BULK_RESENDS]} times at most`)
})

test('the arithmetic of single upserts adds up', () => {
  const [, aMinute = '', anHour = ''] = /([\d,]+) a minute, ([\d,]+) an hour/.exec(read('docs/klaviyo.md')) ?? []
  const [, people = '', minutes = ''] =
    /([\d,]+) people changed is made up for in (\d+) minutes/.exec(read('docs/klaviyo.md').replace(/\s+/g, ' ')) ?? []
  const number = (text: string) => Number(text.replaceAll(',', ''))
  expect(number(aMinute) * 60).toBe(number(anHour))
  expect(Math.ceil(number(people) / number(aMinute))).toBe(number(minutes))
})

test('docs/braze.md counts the traits a moment carries', () => {
  expect(sectionOf(read('docs/braze.md'), 'What it costs')).toContain(`at most ${TRAITS.length}.`)
})
