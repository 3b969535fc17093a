import { afterEach, beforeEach, expect, test } from 'vitest'
import { type KlaviyoStandIn, startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import type { Connector, Delivery, Outcome } from '../../src/connectors/connector.ts'
import { createKlaviyo } from '../../src/connectors/klaviyo/index.ts'
import { eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { KEY } from '../support/klaviyo-call.ts'

let account: KlaviyoStandIn
let connector: Connector

beforeEach(async () => {
  account = await startKlaviyo({ apiKey: KEY })
  connector = await createKlaviyo({ apiKey: KEY, baseUrl: account.url })
})
afterEach(() => account.close())

async function deliver(delivery: Delivery = eventDelivery({ time: Date.now() })): Promise<Outcome | undefined> {
  return (await connector.deliver([delivery]))[0]
}

test.each([
  ['throttle', { kind: 'throttle', retryAfterS: 3 }, { kind: 'retry', afterMs: 3000 }, 429],
  ['a status', { kind: 'status', status: 503 }, { kind: 'retry' }, 503],
  ['a refusal', { kind: 'status', status: 403 }, { kind: 'unauthorized' }, 403],
  ['a page', { kind: 'html', status: 200 }, { kind: 'retry' }, 200],
  ['a CDN challenge', { kind: 'html', status: 403 }, { kind: 'retry' }, 403],
  ['half a body', { kind: 'half-body' }, { kind: 'retry' }, 0],
  ['silence', { kind: 'silence', ms: 20 }, { kind: 'retry' }, 0],
] as const)('%s breaks one answer, before or after the work is done', async (_what, fault, outcome, status) => {
  account.fail(fault)
  expect(await deliver()).toMatchObject(outcome)
  expect(account.events()).toEqual([])
  account.fail(fault, { afterRecording: true })
  expect(await deliver()).toMatchObject(outcome)
  expect(account.events()).toHaveLength(1)
  expect(await deliver()).toEqual({ kind: 'delivered' })
  expect(account.events()).toHaveLength(1)
  expect(account.requests().map(request => request.status)).toEqual([status, status, 202])
})

test('faults are used up in order, each as often as asked and only on its path', async () => {
  account.fail({ kind: 'status', status: 503 }, { times: 2, path: '/api/events' })
  account.fail({ kind: 'status', status: 401 })
  expect(await deliver(traitsDelivery())).toMatchObject({ kind: 'unauthorized' })
  expect(await deliver()).toMatchObject({ kind: 'retry' })
  expect(await deliver()).toMatchObject({ kind: 'retry' })
  expect(await deliver()).toEqual({ kind: 'delivered' })
  expect(await deliver(traitsDelivery())).toEqual({ kind: 'delivered' })
})

test('closing ends a silence, and the sender learns of it', async () => {
  const mute = await startKlaviyo({ apiKey: KEY })
  mute.fail({ kind: 'silence', ms: 600_000 })
  const arrived = new Promise<void>(resolve => mute.onChange(resolve))
  mute.fail({ kind: 'silence', ms: 600_000 }, { afterRecording: true })
  const towards = await createKlaviyo({ apiKey: KEY, baseUrl: mute.url })
  const waiting = Promise.all([towards.deliver([traitsDelivery()]), towards.deliver([traitsDelivery()])])
  await arrived
  await mute.close()
  expect(await waiting).toMatchObject([[{ kind: 'retry' }], [{ kind: 'retry' }]])
})
