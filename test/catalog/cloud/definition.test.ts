/** What Segment's `validate` command and its checks of a pull request ask of a destination, asked of ours. */
import { type ErrorCondition, parseFql, validate } from '@segment/destination-subscriptions'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import destination from '../../../catalog/cloud/index'
import { destination as browserHalf } from '../../../catalog/web/src/index'

const actions = Object.entries(destination.actions)
/** As Segment's repository merges the halves: the actions of both, the presets of this one. */
const merged = { ...destination.actions, ...browserHalf.actions }
const presets = destination.presets ?? []
const settings = Object.entries(destination.authentication?.fields ?? {})
const queries = presets
  .filter(({ partnerAction }) => partnerAction in destination.actions)
  .map(preset => ('subscribe' in preset ? preset.subscribe : ''))

test('there are actions, and each has a title, a description and a query of its own', () => {
  expect(actions.map(([key]) => key)).toEqual([
    ...['trackEvent', 'ecommerceEvent', 'emailEvent', 'identifyUser', 'viewPage', 'groupUser', 'aliasUser'],
  ])
  for (const [, { title, description }] of actions) expect([title, description]).not.toContain('')
  expect(new Set(actions.map(([, { defaultSubscription }]) => defaultSubscription)).size).toBe(actions.length)
})

test('every field of every action says what it is for', () => {
  const silent = actions.flatMap(([key, { fields }]) =>
    Object.entries(fields).flatMap(([field, { label, description }]) =>
      label && description ? [] : [`${key}.${field}`],
    ),
  )
  expect(silent).toEqual([])
})

test.each(actions)('the query of %s can be parsed', (_key, { defaultSubscription = '' }) => {
  expect((parseFql(defaultSubscription) as ErrorCondition).error).toBeUndefined()
})

test('no query has a function in parentheses, which the parser would read to its end as something else', () => {
  expect(queries.filter(query => /\([^()]*\(/.test(query))).toEqual([])
})

test.each(presets)(
  'the preset $name names an action, and only fields that it has',
  ({ partnerAction, mapping = {} }) => {
    const fields = Object.keys(merged[partnerAction]?.fields ?? {})
    expect(fields).not.toEqual([])
    expect(Object.keys(mapping).filter(field => !fields.includes(field))).toEqual([])
  },
)

test('every action has its preset, so a new connection sends everything', () => {
  expect(presets.map(({ partnerAction }) => partnerAction).toSorted()).toEqual(Object.keys(merged).toSorted())
})

/** Names that the queries know, names near those, and any others. */
const names = fc.oneof(
  fc.constantFrom(...queries.flatMap(query => [...query.matchAll(/event = "([^"]+)"/g)].map(([, name = '']) => name))),
  fc.constantFrom('Engagement Measured', 'Completed Order', 'Email', 'unsubscribed', 'Product', ''),
  fc.string(),
)

test('every event falls to exactly one preset', () => {
  const parsed = queries.map(query => parseFql(query))
  const takers = (event: object) => parsed.filter(query => validate(query, event)).length
  fc.assert(fc.property(names, event => takers({ type: 'track', event }) === 1))
  for (const type of ['identify', 'page', 'screen', 'group', 'alias']) expect(takers({ type })).toBe(1)
  expect(takers({ type: 'delete' })).toBe(0)
})

test('what must be filled in is never added to later, so it is little: it is listed here', () => {
  const required = (fields: object) => Object.entries(fields).flatMap(([key, field]) => (field.required ? [key] : []))
  expect(required(Object.fromEntries(settings))).toEqual(['endpoint', 'keyId', 'secret'])
  expect(Object.fromEntries(actions.map(([key, { fields }]) => [key, required(fields)]))).toEqual({
    ...{ trackEvent: ['event'], ecommerceEvent: ['event'], emailEvent: ['event'], viewPage: ['type'] },
    ...{ identifyUser: [], groupUser: [], aliasUser: [] },
  })
})

test('a setting named like a secret is kept like one', () => {
  const secretive = /(^|[^A-Za-z0-9])(key|token|secret|password|code)($|[^A-Za-z0-9])/i
  expect(settings.flatMap(([key, { type }]) => (secretive.test(key) && type !== 'password' ? [key] : []))).toEqual([])
  expect(destination.authentication?.fields['secret']?.type).toBe('password')
})

test('no field checks a format: one odd value would lose a whole event', () => {
  const checked = actions.flatMap(([key, { fields }]) =>
    Object.entries(fields).flatMap(([field, { format, properties, type }]) =>
      format || properties || type === 'datetime' ? [`${key}.${field}`] : [],
    ),
  )
  expect(checked).toEqual([])
})
