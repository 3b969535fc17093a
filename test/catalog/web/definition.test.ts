/** What Segment's `validate` command and its checks of a pull request ask of a destination, and what its other half assumes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ErrorCondition, parseFql } from '@segment/destination-subscriptions'
import { expect, test } from 'vitest'
import cloudHalf from '../../../catalog/cloud/index'
import factory, { destination } from '../../../catalog/web/src/index'
import { INTEGRATION } from '../../../catalog/web/src/integration'
import { optionsOf } from '../../../catalog/web/src/options'
import { derivedFiles } from '../../../scripts/describe-destination.ts'

const folder = join(import.meta.dirname, '../../../catalog/web')
const action = destination.actions['engagementPlugin']
const fields = Object.entries(action?.fields ?? {})
const preset = cloudHalf.presets?.find(({ partnerAction }) => partnerAction === 'engagementPlugin')

test.each([...derivedFiles(destination, { sources: 'src', directory: 'inkling-plugins' })])(
  '%s is what npm run catalog:destination writes',
  (path, text) => expect(readFileSync(join(folder, path), 'utf8')).toBe(text),
)

test('the action is an enrichment of the browser, with words for whoever connects it', () => {
  expect(action).toMatchObject({ platform: 'web', lifecycleHook: 'enrichment' })
  expect(factory.pluginName).toBe(destination.name)
  for (const words of [action?.title, action?.description, ...fields.map(([, { description }]) => description)])
    expect(words).toMatch(/\w/)
})

test('its query can be parsed, and is that of the preset which starts it', () => {
  expect((parseFql(action?.defaultSubscription ?? '') as ErrorCondition).error).toBeUndefined()
  expect(preset).toMatchObject({ subscribe: action?.defaultSubscription, type: 'automatic' })
})

test('no field is required: none may be added to a connection that is there', () => {
  expect(fields.filter(([, { required }]) => required).map(([name]) => name)).toEqual([])
})

test('the preset says what the fields do by default, and no mapping does the same', () => {
  const defaults = fields.flatMap(([name, field]) => (field.default === undefined ? [] : [[name, field.default]]))
  expect(preset?.mapping).toEqual(Object.fromEntries(defaults))
  const started = (mapping: object) => optionsOf({ subscriptions: [{ ...SUBSCRIPTION, mapping: { ...mapping } }] })
  expect(started(preset?.mapping ?? {})).toEqual({ ...started({}), maxCalls: 4 })
  expect(optionsOf({})).toEqual({ respectGpc: true })
})

const SUBSCRIPTION = {
  name: 'Engagement Plugin',
  enabled: true,
  partnerAction: 'engagementPlugin',
  subscribe: 'type = "page"',
}

test('what no field offers is looked past', () => {
  const mapping = {
    consentCategories: ['', 7],
    maxCalls: { '@path': '$.properties.calls' },
    endpoint: 1,
    onlyInkling: 'yes',
  }
  expect(optionsOf({ subscriptions: [{ ...SUBSCRIPTION, mapping }] })).toEqual({ respectGpc: true })
})

test('events name the destination as the catalog does', () => {
  expect(INTEGRATION).toBe(cloudHalf.name)
})
