import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openConnectors } from '../../src/connectors/index.ts'
import { createPreview } from '../../src/connectors/preview.ts'
import { connectorContract } from '../contracts/connector.ts'
import { deletionDelivery, eventDelivery, traitsDelivery } from '../support/deliveries.ts'

connectorContract('preview', async () => createPreview())

test('without a configured platform everything goes to the preview, which shows it and takes anybody', async () => {
  const shown: unknown[] = []
  const [connector, ...others] = await openConnectors({}, { onWrite: delivery => shown.push(delivery) })
  expect([connector?.name, others]).toEqual(['preview', []])
  expect(connector?.needs.event).toContain('anonymousId')
  const batch = [traitsDelivery(), eventDelivery({ identifiers: { anonymousId: 'a' } }), deletionDelivery()]
  expect(await connector?.deliver(batch)).toEqual(batch.map(() => ({ kind: 'delivered' })))
  expect(shown).toEqual(batch)
})

test('a configured platform replaces the preview', async () => {
  const connectors = await openConnectors({ klaviyo: { apiKey: 'pk_test' } })
  expect(connectors.map(({ name }) => name)).toEqual(['klaviyo'])
  const both = await openConnectors({ klaviyo: { apiKey: 'pk_test' }, hubspot: { accessToken: 'pat-test' } })
  expect(both.map(({ name }) => name)).toEqual(['klaviyo', 'hubspot'])
})

test('several configured platforms are written to side by side', async () => {
  const braze = { apiKey: 'key', baseUrl: 'https://rest.iad-01.braze.com' }
  const connectors = await openConnectors({ klaviyo: { apiKey: 'pk_test' }, braze })
  expect(connectors.map(({ name }) => name)).toEqual(['klaviyo', 'braze'])
})

test('a webhook is one more platform beside the others', async () => {
  const webhook = { url: 'https://hooks.example/abc', secret: 'whsec_1234567890' }
  const connectors = await openConnectors({ klaviyo: { apiKey: 'pk_test' }, webhook })
  expect(connectors.map(({ name }) => name)).toEqual(['klaviyo', 'webhook'])
})

test.each([
  ['klaviyo', { apiKey: 'pk_test' }, 'klaviyo-api'],
  ['hubspot', { accessToken: 'pat-test' }, '@hubspot/api-client'],
])('the SDK of %s is loaded only when it is configured', async (name, settings, sdk) => {
  const registry = new URL('../../src/connectors/index.ts', import.meta.url).href
  const loads = async (configured: object): Promise<string> => {
    const script = `
      import { createRequire } from 'node:module'
      const { openConnectors } = await import('${registry}')
      await openConnectors(${JSON.stringify(configured)})
      const loaded = Object.keys(createRequire('${registry}').cache)
      process.stdout.write(String(loaded.some(file => file.includes('${sdk}'))))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    return stdout
  }
  expect(await loads({})).toBe('false')
  expect(await loads({ [name]: settings })).toBe('true')
})
