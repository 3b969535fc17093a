/** What a Klaviyo account takes and refuses of a flow. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type KlaviyoStandIn, startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { call, eventBody, KEY, type Reply } from '../support/klaviyo-call.ts'

const START = Date.UTC(2026, 6, 15, 12)
let now = START
let account: KlaviyoStandIn

beforeEach(async () => {
  now = START
  account = await startKlaviyo({ apiKey: KEY, now: () => now, readDelayMs: 0 })
  await call(account.url, '/api/events', { body: eventBody({ email: 'a@example.com' }) })
})
afterEach(() => account.close())

const message = { name: 'One', from_email: 'a@b.co', from_label: 'A', subject_line: 'Hi', template_id: null }
const email = { temporary_id: 'a', type: 'send-email', links: { next: null }, data: { message, status: 'draft' } }
const sound = {
  triggers: [{ type: 'metric', id: 'M00001', trigger_filter: null }],
  actions: [email],
  entry_action_id: 'a',
}
const make = (definition: object, name = 'Mine'): Promise<Reply> =>
  call(account.url, '/api/flows', { body: { data: { type: 'flow', attributes: { name, definition } } } })

test('a flow is made as a draft, whatever its messages say, and its actions get ids of their own', async () => {
  const live = { ...email, data: { ...email.data, status: 'live' } }
  const reply = await make({ ...sound, actions: [live] })
  expect(reply.status).toBe(201)
  expect(reply.body).toMatchObject({
    data: { attributes: { status: 'draft', definition: { entry_action_id: 'A-a', actions: [{ id: 'A-a' }] } } },
  })
  expect(account.flows()).toMatchObject([{ name: 'Mine', status: 'draft' }])
})

const at = '/data/attributes/definition'
test.each([
  ['two triggers', { ...sound, triggers: [...sound.triggers, ...sound.triggers] }, `${at}/triggers`],
  ['a metric nobody has sent', { ...sound, triggers: [{ type: 'metric', id: 'M99999' }] }, `${at}/triggers/0/id`],
  ['no entry', { ...sound, entry_action_id: 'b' }, `${at}/entry_action_id`],
  ['a link to nowhere', { ...sound, actions: [{ ...email, links: { next: 'b' } }] }, `${at}/actions/0/links`],
  ['a temporary id twice', { ...sound, actions: [email, email] }, `${at}/actions`],
  ['an action it does not know', { ...sound, actions: [{ ...email, type: 'send-fax' }] }, `${at}/actions/0/type`],
  ['a camelCase leak', { ...sound, actions: [{ ...email, temporaryId: 'a' }] }, `${at}/actions/0/temporaryId`],
  [
    'a template that is not there',
    { ...sound, actions: [{ ...email, data: { message: { ...message, template_id: 'T1' } } }] },
    `${at}/actions/0/data/message/template_id`,
  ],
  [
    'an unknown way to enter again',
    { ...sound, reentry_criteria: { duration: 1, unit: 'year' } },
    `${at}/reentry_criteria/unit`,
  ],
  ['a filter by a metric that is not there', { ...sound, profile_filter: { metric_id: 'M99999' } }, at],
])('%s is refused', async (_what, definition, pointer) => {
  const reply = await make(definition)
  expect([reply.status, reply.errors]).toEqual([400, [`invalid ${pointer}`]])
  expect(account.flows()).toEqual([])
})

test('flows are found by the beginning, the end and a part of their name, one a second is made', async () => {
  await make(sound, 'Inkling: one')
  expect((await make(sound, 'two')).status).toBe(429)
  now += 1000
  await make(sound, 'two')
  const found = async (filter: string) =>
    (await call(account.url, `/api/flows?filter=${encodeURIComponent(filter)}`)).body
  expect(await found('starts-with(name,"Inkling: ")')).toMatchObject({
    data: [{ attributes: { name: 'Inkling: one' } }],
  })
  now += 1000
  expect(await found('ends-with(name,"wo")')).toMatchObject({ data: [{ attributes: { name: 'two' } }] })
  expect(await found('contains(name,"kli")')).toMatchObject({ data: [{ attributes: { status: 'draft' } }] })
})
