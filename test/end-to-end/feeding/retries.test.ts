/** Segment tries again with whatever it has by then: other members, another order, another way. Each event counts once. */
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { createRandom } from '../../support/random.ts'
import {
  addition,
  additions,
  batchSignature,
  type FedService,
  openFedService,
  webhookSignature,
} from './fed-service.ts'

type Send = (service: FedService, events: readonly object[], attempt: number) => Promise<Response>

const WAYS: Readonly<Record<string, Send>> = {
  'Webhooks (Actions)': (service, events) =>
    service.post('/segment', JSON.stringify(events), webhookSignature(events[0])),
  'Extensible Webhook': (service, events) =>
    service.post('/segment', JSON.stringify(events.map(json => ({ json }))), webhookSignature(events[0])),
  'signed batch': (service, events, attempt) => {
    const body = JSON.stringify({ batch: events })
    return service.post('/segment/batch', body, batchSignature(body, { laterS: attempt }))
  },
  'tracking API': (service, events) => service.post('/v1/batch', JSON.stringify({ batch: events, writeKey: 'web' })),
}

const EVENTS = 60

/** Batches that overlap and repeat themselves, until each event was in one of them. */
function reformed(seed: number): readonly (readonly object[])[] {
  const random = createRandom(seed)
  const all = additions(EVENTS, 'ada')
  const missing = new Set(all)
  const batches: (readonly object[])[] = []
  while (missing.size > 0) {
    const members = Array.from({ length: random.between(1, 20) }, () => random.pick(all))
    for (const member of members) missing.delete(member)
    batches.push(members)
  }
  return batches
}

test.each(Object.entries(WAYS))('re-formed batches by %s count each event once', async (_, send) => {
  const service = await openFedService({ SEGMENT_WRITE_KEYS: 'web' })
  for (const [attempt, batch] of reformed(1).entries()) expect((await send(service, batch, attempt)).status).toBe(200)
  expect(await service.piecesOf('ada')).toBe(EVENTS)
})

test('the same events by every way at the same time count once', async () => {
  const service = await openFedService({ SEGMENT_WRITE_KEYS: 'web' })
  const answers = await Promise.all(
    Object.values(WAYS).flatMap((send, way) =>
      reformed(way + 2).map((batch, attempt) => send(service, batch, attempt)),
    ),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await service.piecesOf('ada')).toBe(EVENTS)
})

test('an event that was refused in one batch is refused in the next, and the others count', async () => {
  const service = await openFedService()
  const broken = { ...addition(99, 'ada'), userId: { not: 'an id' } }
  for (const batch of [
    [addition(1, 'ada'), broken],
    [broken, addition(2, 'ada'), addition(1, 'ada')],
  ]) {
    const response = await WAYS['Webhooks (Actions)']?.(service, batch, 0)
    expect(await response?.json()).toMatchObject({ rejected: [{ index: batch.indexOf(broken) }] })
  }
  expect(await service.piecesOf('ada')).toBe(2)
})

test('a sender that hangs up before the answer, and sends again, has sent each event once', async () => {
  const service = await openFedService()
  const body = JSON.stringify(additions(200, 'ada'))
  const signature = webhookSignature(additions(1, 'ada')[0])['x-signature']
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.write(
    `POST /segment HTTP/1.1\r\nhost: x\r\nx-signature: ${signature}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  )
  await new Promise(closed => socket.once('close', closed))
  expect((await service.post('/segment', body, webhookSignature(additions(1, 'ada')[0]))).status).toBe(200)
  expect(await service.piecesOf('ada')).toBe(200)
})
