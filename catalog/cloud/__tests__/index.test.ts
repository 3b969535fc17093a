import type { SegmentEvent } from '@segment/actions-core'
import { createTestEvent, createTestIntegration } from '@segment/actions-core'
import nock from 'nock'
import Destination from '../index'
import { signedHeaders } from '../signature'

const ENDPOINT = 'https://inkling.example.com'
const settings = { endpoint: ENDPOINT, keyId: 'segment', secret: 'a-secret-of-enough-length' }
const testDestination = createTestIntegration(Destination)

/** What every event has. */
const everyEvent = {
  messageId: 'm1',
  userId: 'ada',
  anonymousId: 'a1',
  timestamp: '2026-03-01T10:00:00.000Z',
  context: { page: { url: 'https://shop.example.com/' }, traits: { email: 'ada@example.com' } }
}

/** Answers the next batch. @returns what it was sent. */
function answerBatch(status: number, reply: object) {
  const bodies: { batch: object[] }[] = []
  nock(ENDPOINT)
    .post('/segment/batch', (body) => {
      bodies.push(body)
      return true
    })
    .reply(status, reply)
  return bodies
}

afterEach(() => {
  nock.cleanAll()
})

describe('Inkling', () => {
  describe('testAuthentication', () => {
    it('signs a batch of nothing', async () => {
      const scope = nock(ENDPOINT)
        .post('/segment/batch', { batch: [] })
        .matchHeader('x-inkling-key-id', 'segment')
        .matchHeader('x-inkling-timestamp', /^\d{10}$/)
        .matchHeader('x-inkling-signature', /^v1=[0-9a-f]{64}$/)
        .reply(200, { success: true, accepted: 0, statuses: [] })
      await testDestination.testAuthentication(settings)
      expect(scope.isDone()).toBe(true)
    })

    it('says what to look at when the key is refused', async () => {
      answerBatch(401, { success: false, error: { code: 'unknown_key', message: 'No such key.' } })
      await expect(testDestination.testAuthentication(settings)).rejects.toThrow(
        /check key id and secret. No such key./
      )
    })

    it('says what to look at when nothing is there', async () => {
      answerBatch(404, {})
      await expect(testDestination.testAuthentication(settings)).rejects.toThrow(/not at this endpoint URL/)
    })
  })

  describe('onDelete', () => {
    it('forwards the deletion', async () => {
      const sent = answerBatch(200, { success: true, accepted: 1, statuses: [200] })
      await testDestination.onDelete?.({ type: 'delete', userId: 'ada' }, settings)
      expect(sent).toEqual([{ batch: [{ type: 'delete', userId: 'ada' }] }])
    })
  })

  describe.each([
    ['trackEvent', { type: 'track', event: 'Feature Used', properties: { feature: 'export' } }],
    ['ecommerceEvent', { type: 'track', event: 'Product Added', properties: { product_id: 42, price: '39.95' } }],
    ['emailEvent', { type: 'track', event: 'Email Opened', properties: { email_id: 'e1' } }],
    ['identifyUser', { type: 'identify', traits: { email: 'ada@example.com', logins: 7 } }],
    ['viewPage', { type: 'screen', name: 'Start', properties: { tab: null } }],
    ['groupUser', { type: 'group', groupId: 'g1', traits: { plan: 'pro' } }],
    ['aliasUser', { type: 'alias', previousId: 'old' }]
  ] as [string, SegmentEvent][])('%s', (action, said) => {
    const event = { ...everyEvent, ...said }

    it('sends the event as it is', async () => {
      const sent = answerBatch(200, { success: true, accepted: 1, statuses: [200] })
      await testDestination.testAction(action, { event, settings, useDefaultMappings: true })
      expect(sent).toEqual([{ batch: [event] }])
    })

    it('reports each event of a batch by itself', async () => {
      const errors = [{ index: 1, reason: 'userId: found a list' }]
      const sent = answerBatch(200, { success: true, accepted: 1, statuses: [200, 400], errors })
      await testDestination.testBatchAction(action, { events: [event, event], settings, useDefaultMappings: true })
      expect(sent).toEqual([{ batch: [event, event] }])
      expect(testDestination.results[0]?.multistatus).toMatchObject([
        { status: 200 },
        { status: 400, errortype: 'PAYLOAD_VALIDATION_FAILED', errormessage: 'userId: found a list' }
      ])
    })
  })

  it('puts the mapped recipient where the email spec has it', async () => {
    const sent = answerBatch(200, { success: true, accepted: 1, statuses: [200] })
    await testDestination.testAction('emailEvent', {
      event: createTestEvent({ event: 'Unsubscribed', properties: { to: 'ada@example.com' } }),
      mapping: { email: { '@path': '$.properties.to' } },
      settings,
      useDefaultMappings: true
    })
    expect(sent[0]?.batch).toMatchObject([{ context: { traits: { email: 'ada@example.com' } } }])
  })

  it.each([
    [400, 400],
    [401, 401],
    [413, 413],
    [409, 503],
    [429, 429],
    [503, 503]
  ])('reports an answer of %i with status %i', async (answered, status) => {
    answerBatch(answered, {})
    const sending = testDestination.testAction('identifyUser', { settings, useDefaultMappings: true })
    await expect(sending).rejects.toMatchObject({ status })
  })

  it('signs key id, time and body', () => {
    expect(signedHeaders(settings, '{"batch":[]}', 1700000000999)).toEqual({
      'X-Inkling-Key-Id': 'segment',
      'X-Inkling-Timestamp': '1700000000',
      'X-Inkling-Signature': 'v1=e56a2a999a16383bb18fa59b9ae776b6a397e5a1c6bec1ec9a17e57bfbd63017'
    })
  })
})
