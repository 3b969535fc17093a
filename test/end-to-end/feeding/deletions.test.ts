/** Segment's deletion in every shape it is documented and seen in, by every way that may delete, and by those that may not. */
import { expect, test } from 'vitest'
import { NOW } from '../../destination/routes/service.ts'
import { addition, batchSignature, type FedService, openFedService, webhookSignature } from './fed-service.ts'

const ISO = new Date(NOW).toISOString()
const GO_TIME = '2020-05-09 23:54:49.209808489 +0000 UTC m=+70366.294466174'
const USUAL = {
  ...{ type: 'delete', channel: 'server', userId: 'ada', messageId: 'delete-1', projectId: 'p', version: 2 },
  ...{ timestamp: ISO, receivedAt: ISO, sentAt: ISO, originalTimestamp: GO_TIME },
}

const SHAPES: readonly (readonly [string, object])[] = [
  ['context and integrations null', { ...USUAL, context: null, integrations: null }],
  ['context and integrations arrays', { ...USUAL, context: [], integrations: [] }],
  ['context and integrations objects', { ...USUAL, context: {}, integrations: { All: true } }],
  ['neither of them', USUAL],
  ['no time but one written by Go', { ...USUAL, timestamp: GO_TIME, receivedAt: GO_TIME, sentAt: GO_TIME }],
  ['times that are numbers', { ...USUAL, timestamp: NOW, receivedAt: null, sentAt: {}, originalTimestamp: [] }],
  ['nothing but who', { type: 'delete', userId: 'ada' }],
  ['an anonymousId that is null', { ...USUAL, anonymousId: null, traits: null, properties: [] }],
]

type Way = (service: FedService, deletion: object) => Promise<Response>

const WAYS: Readonly<Record<string, Way>> = {
  'the webhook': (service, deletion) => service.post('/segment', JSON.stringify(deletion), webhookSignature(deletion)),
  'an array of the webhook': (service, deletion) =>
    service.post('/segment', JSON.stringify([deletion]), webhookSignature(deletion)),
  'a wrapped array of the webhook': (service, deletion) =>
    service.post('/segment', JSON.stringify([{ json: deletion }]), webhookSignature(deletion)),
  'a signed batch': (service, deletion) => {
    const body = JSON.stringify({ batch: [addition(8, 'bo'), deletion, addition(9, 'bo')] })
    return service.post('/segment/batch', body, batchSignature(body))
  },
}

async function openWithAda(environment: Readonly<Record<string, string>> = {}) {
  const service = await openFedService(environment)
  const known = addition(1, 'ada')
  expect((await service.post('/segment', JSON.stringify(known), webhookSignature(known))).status).toBe(200)
  return service
}

test.each(
  Object.entries(WAYS).flatMap(([name, way]) => SHAPES.map(([shape, deletion]) => ({ name, shape, way, deletion }))),
)('a deletion by $name with $shape deletes', async ({ way, deletion }) => {
  const service = await openWithAda()
  expect((await way(service, deletion)).status).toBe(200)
  const ada = await service.person('ada')
  expect(ada?.story[0]).toMatchObject({ outcome: 'deleted' })
  expect(ada?.traits).toEqual({})
})

test('whom nobody knows can be deleted, and stays a stranger when they come', async () => {
  const service = await openWithAda()
  const deletion = { ...USUAL, userId: 'cy' }
  const body = JSON.stringify({ batch: [deletion, addition(1, 'cy')] })
  expect((await service.post('/segment/batch', body, batchSignature(body))).status).toBe(200)
  expect((await service.person('cy'))?.traits ?? {}).toEqual({})
})

test.each(['/v1/batch', '/v1/track'])('a write key at %s deletes nobody', async path => {
  const service = await openWithAda({ SEGMENT_WRITE_KEYS: 'web' })
  const body = JSON.stringify(
    path === '/v1/batch' ? { batch: [USUAL], writeKey: 'web' } : { ...USUAL, writeKey: 'web' },
  )
  const response = await service.post(path, body)
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ accepted: 0, rejected: [{ index: 0, message_id: 'delete-1' }] })
  expect(await service.piecesOf('ada')).toBe(1)
})
