/** When to try again, how long to wait and when to give up is the dispatcher's: no SDK does it on its own. */
import { expect, test } from 'vitest'
import { type ConnectorSettings, openConnectors } from '../../src/connectors/index.ts'
import { deletionDelivery, eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { timeInSteps } from '../support/in-steps.ts'

const HOUR_MS = 3_600_000
const NOW = Date.UTC(2026, 6, 15, 12)

const MEMBERS: readonly (readonly [string, ConnectorSettings])[] = [
  ['klaviyo', { klaviyo: { apiKey: 'pk_test' } }],
  ['hubspot', { hubspot: { accessToken: 'pat-test' } }],
  ['braze', { braze: { apiKey: 'rest-key', baseUrl: 'https://rest.iad-01.braze.com' } }],
  ['webhook', { webhook: { url: 'https://hooks.example/1', secret: 'whsec_1234567890' } }],
]
const KINDS = [traitsDelivery(), eventDelivery(), deletionDelivery()]

/** A connector whose requests come to the test, in a time that stands still until told. */
async function open(settings: ConnectorSettings) {
  const asked: PromiseWithResolvers<Response>[] = []
  const fetched: typeof fetch = () => {
    const one = Promise.withResolvers<Response>()
    asked.push(one)
    return one.promise
  }
  // The SDKs are loaded before time stands still, and the attempt's own bound is out of the way.
  const [connector] = await openConnectors(settings, { fetch: fetched, timeoutMs: 24 * HOUR_MS })
  if (connector === undefined) throw new Error('nothing was opened')
  return { connector, asked, ...timeInSteps(NOW) }
}

test.each(MEMBERS)('%s makes one request, however it is answered, and no time passes', async (_name, settings) => {
  const { connector, asked, pass } = await open(settings)
  const refusals = [
    [500, {}],
    [502, {}],
    [503, { 'Retry-After': '30' }],
    [429, { 'Retry-After': '30' }],
  ] as const
  for (const delivery of KINDS)
    for (const [status, headers] of refusals) {
      const before = asked.length
      const outcome = connector.deliver([delivery])
      await pass(0)
      const body = JSON.stringify({ policyName: 'TEN_SECONDLY_ROLLING', message: 'busy' })
      asked.at(-1)?.resolve(new Response(body, { status, headers }))
      expect(await outcome).toMatchObject([{ kind: 'retry' }])
      await pass(HOUR_MS)
      expect(asked.length - before).toBe(1)
    }
})

test.each(MEMBERS)('%s waits for an answer as long as it is told to, and asks once', async (_name, settings) => {
  const { connector, asked, pass } = await open(settings)
  for (const delivery of KINDS) {
    const before = asked.length
    let ended = false
    const outcome = connector.deliver([delivery]).finally(() => {
      ended = true
    })
    await pass(HOUR_MS)
    expect([ended, asked.length - before]).toEqual([false, 1])
    asked.at(-1)?.reject(new TypeError('fetch failed'))
    expect(await outcome).toMatchObject([{ kind: 'retry' }])
  }
})
