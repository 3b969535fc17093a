/** Segment's deletion message into the real service, with all three platforms behind it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startBraze } from '../../examples/platforms/braze.ts'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { personInWords } from '../../src/destination/commands/explain-words.ts'
import { parseEnvironment } from '../../src/destination/config.ts'
import { momentProperties } from '../../src/destination/engine/moments/properties.ts'
import type { Person } from '../../src/destination/explain.ts'
import { listen } from '../../src/destination/listen.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'
import { startService } from '../../src/destination/service.ts'
import { openHubspot, setUp, TOKEN, WANTED } from '../support/hubspot-account.ts'

const KEY = 'key-1234567890'
const CONFIG = { customMoments: [{ name: 'Price Asked', when: { event: 'Price Asked' } }] }
const PLATFORMS = ['klaviyo', 'hubspot', 'braze']

async function openWorld() {
  const policy = parsePolicy(CONFIG)
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-deletion-'))
  if (policy.kind === 'invalid') throw new Error(policy.problems.join())
  const klaviyo = await startKlaviyo({ apiKey: KEY, readDelayMs: 0 })
  const braze = await startBraze({ apiKey: KEY })
  const hubspot = await openHubspot({ limits: false })
  const environment = parseEnvironment({
    DATA_DIR: dataDir,
    KLAVIYO_API_KEY: KEY,
    KLAVIYO_BASE_URL: klaviyo.url,
    HUBSPOT_ACCESS_TOKEN: TOKEN,
    HUBSPOT_BASE_URL: hubspot.url,
    BRAZE_API_KEY: KEY,
    BRAZE_REST_ENDPOINT: braze.url,
  })
  await setUp(hubspot, { wanted: { ...WANTED, moments: momentProperties(policy.policy.customMoments) } })
  if (environment.kind === 'invalid') throw new Error('the settings are wrong')
  const delivered: Extract<LogEvent, { kind: 'delivery attempted' }>[] = []
  const listeners = new Set<() => void>()
  const service = await startService({
    settings: environment.settings,
    policy: policy.policy,
    random: () => 0,
    onEvent: event => {
      if (event.kind === 'delivery attempted' && event.outcome === 'delivered') delivered.push(event)
      for (const listener of listeners) listener()
    },
  })
  const listening = await listen(service.app, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await listening.close(0)
    await service.stop()
    await Promise.all([klaviyo.close(), braze.close()])
    rmSync(dataDir, { recursive: true })
  })
  const url = `http://127.0.0.1:${listening.port}`
  return {
    url,
    people: () => ({
      klaviyo: klaviyo.profiles().map(({ email }) => email),
      hubspot: hubspot.contacts().map(({ email }) => email),
      braze: braze.profiles().map(({ email }) => email),
    }),
    /** One request of Segment's webhook. */
    async send(...calls: readonly object[]) {
      const { status } = await fetch(`${url}/segment`, { method: 'POST', body: JSON.stringify(calls) })
      expect(status).toBe(200)
    },
    person: async (id: string): Promise<Person> => (await fetch(`${url}/api/people/${id}`)).json(),
    /** Settles once every platform has taken a delivery of that kind, so many times. */
    taken: (of: string, times: number) =>
      new Promise<void>(resolve => {
        const look = () => {
          const counts = PLATFORMS.map(name => delivered.filter(one => one.connector === name && one.of === of).length)
          if (counts.some(count => count < times)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
  }
}

const askedBy = (userId: string) => [
  { type: 'identify', userId, anonymousId: `${userId} laptop`, traits: { email: `${userId}@example.com` } },
  { type: 'track', userId, event: 'Price Asked', properties: {} },
]

test('whom Segment asks to delete is gone from all platforms, stays gone, and each says so', async () => {
  const { people, send, person, taken } = await openWorld()
  await send(...askedBy('ada'), ...askedBy('bo'))
  await taken('event', 2)
  const both = ['ada@example.com', 'bo@example.com']
  expect(people()).toEqual({ klaviyo: both, hubspot: both, braze: both })
  await send({
    type: 'delete',
    userId: 'ada',
    messageId: 'delete-1',
    channel: 'server',
    context: null,
    integrations: [],
  })
  await taken('deletion', 1)
  await send(...askedBy('ada'), { type: 'track', anonymousId: 'ada laptop', event: 'Price Asked' })
  await send(...askedBy('cy'))
  await taken('event', 3)
  const others = ['bo@example.com', 'cy@example.com']
  expect(people()).toEqual({ klaviyo: others, hubspot: others, braze: others })
  const ada = await person('ada')
  const { deliveries, story } = ada
  const proofs = deliveries.filter(({ kind }) => kind === 'deletion')
  expect(proofs.map(({ connector, status }) => `${connector} ${status}`).sort()).toEqual(
    PLATFORMS.map(name => `${name} delivered`).sort(),
  )
  for (const { connector, told } of proofs)
    expect(told).toMatch(`${connector} was told to delete them: took the deletion`)
  expect(story[0]).toMatchObject({ outcome: 'deleted', told: 'Deletion asked for' })
  const words = personInWords(ada, { now: Date.now(), limit: 50 }).join('\n')
  expect(words).toMatch(/Deletion asked for\n {4}It was asked to delete this person/)
  expect(words).toMatch(/Deletion\n {4}→ klaviyo was told to delete them: took the deletion by e-mail address, user id/)
})
