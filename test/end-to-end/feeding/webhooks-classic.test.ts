/** Webhooks (classic): the whole event by itself, deletions too, given up after 5 s and sent again for hours. */
import { expect, test } from 'vitest'
import { NOW } from '../../destination/routes/service.ts'
import { addition, additions, openFedService, webhookSignature } from './fed-service.ts'

const HEADERS = { 'user-agent': 'Segment.io/1.0' }
const DELETION = { type: 'delete', userId: 'ada', timestamp: new Date(NOW).toISOString() }

async function openClassic() {
  const service = await openFedService()
  const send = (body: unknown, signed: unknown = body) =>
    service.post('/segment', JSON.stringify(body), { ...HEADERS, ...webhookSignature(signed) })
  return { ...service, send }
}

test('an event is answered with success once it counts', async () => {
  const { send, piecesOf } = await openClassic()
  for (const event of additions(2, 'ada')) {
    const response = await send(event)
    expect([response.status, await response.text()]).toEqual([200, '{"success":true}'])
  }
  expect(await piecesOf('ada')).toBe(2)
})

test('an array, its first event signed, is taken too', async () => {
  const { send, piecesOf } = await openClassic()
  const events = additions(3, 'ada')
  expect((await send(events, events[0])).status).toBe(200)
  expect(await piecesOf('ada')).toBe(3)
})

test('what it sends again because the answer came too late counts once', async () => {
  const { send, piecesOf } = await openClassic()
  for (let times = 0; times < 3; times++) expect((await send(addition(1, 'ada'))).status).toBe(200)
  expect(await piecesOf('ada')).toBe(1)
})

test('its deletion, which has no id and no context, deletes, as often as it comes', async () => {
  const { send, person } = await openClassic()
  await send(addition(1, 'ada'))
  expect((await person('ada'))?.traits).toMatchObject({ inkling_cart_item_count: 1 })
  for (let times = 0; times < 2; times++) expect((await send(DELETION)).status).toBe(200)
  const ada = await person('ada')
  expect(ada?.story[0]).toMatchObject({ outcome: 'deleted', told: 'Deletion asked for' })
  expect(ada?.traits).toEqual({})
  await send(addition(2, 'ada'))
  expect((await person('ada'))?.traits).toEqual({})
})

test('a deletion that is not signed deletes nobody', async () => {
  const { post, send, person } = await openClassic()
  await send(addition(1, 'ada'))
  expect((await post('/segment', JSON.stringify(DELETION), HEADERS)).status).toBe(401)
  expect((await person('ada'))?.traits).toMatchObject({ inkling_cart_item_count: 1 })
})
