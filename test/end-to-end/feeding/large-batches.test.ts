/** The largest batches Segment sends. How soon they are answered is measured by `npm run bench:batches`. */
import { expect, test } from 'vitest'
import { additions, batchSignature, type FedService, openFedService, webhookSignature } from './fed-service.ts'

const MOST = 4_000
const events = additions(MOST, 'ada')

const WAYS: Readonly<Record<string, (service: FedService) => Promise<Response>>> = {
  'Webhooks (Actions)': service => service.post('/segment', JSON.stringify(events), webhookSignature(events[0])),
  'Extensible Webhook': service =>
    service.post('/segment', JSON.stringify(events.map(json => ({ json }))), webhookSignature(events[0])),
  'signed batch': service => {
    const body = JSON.stringify({ batch: events })
    return service.post('/segment/batch', body, batchSignature(body))
  },
}

test.each(Object.entries(WAYS))('4,000 events in one request by %s are taken, and each counts', async (_, send) => {
  const service = await openFedService()
  const response = await send(service)
  expect(response.status).toBe(200)
  const { success, statuses }: { success: boolean; statuses?: readonly number[] } = await response.json()
  expect(success).toBe(true)
  if (statuses !== undefined) expect(statuses).toEqual(new Array(MOST).fill(200))
  expect(await service.piecesOf('ada')).toBe(MOST)
})

test('while one is decided upon, another is taken in', async () => {
  const service = await openFedService()
  const others = additions(MOST, 'bo')
  const answers = await Promise.all([
    service.post('/segment', JSON.stringify(events), webhookSignature(events[0])),
    service.post('/segment', JSON.stringify(others), webhookSignature(others[0])),
  ])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect([await service.piecesOf('ada'), await service.piecesOf('bo')]).toEqual([MOST, MOST])
})

test('beyond 5 MB a batch is refused whole, and Segment is told so', async () => {
  const service = await openFedService()
  const body = JSON.stringify(events.concat(additions(MOST * 2, 'bo')))
  expect(body.length).toBeGreaterThan(5_000_000)
  const response = await service.post('/segment', body, webhookSignature(events[0]))
  expect([response.status, await response.json()]).toMatchObject([413, { error: { code: 'too_large' } }])
  expect(await service.person('ada')).toBeUndefined()
})
