/** What HubSpot knows of a person, read back by the real service, and what that changes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseEnvironment } from '../../src/destination/config.ts'
import type { Person } from '../../src/destination/explain.ts'
import { listen } from '../../src/destination/listen.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'
import { startService } from '../../src/destination/service.ts'
import { openReadyHubspot, TOKEN } from '../support/hubspot-account.ts'

const CONFIG = {
  customMoments: [
    { name: 'Price Asked', when: { event: 'Price Asked' } },
    { name: 'Regular Asks', when: { event: 'Price Asked', traits: { orders: { atLeast: 2 }, lifecycle: 'customer' } } },
  ],
} as const

async function openWorld(environment: Readonly<Record<string, string>>) {
  const policy = parsePolicy(CONFIG)
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-read-back-'))
  const hubspot = await openReadyHubspot()
  const parsed = parseEnvironment({
    DATA_DIR: dataDir,
    HUBSPOT_ACCESS_TOKEN: TOKEN,
    HUBSPOT_BASE_URL: hubspot.url,
    ...environment,
  })
  if (policy.kind === 'invalid' || parsed.kind === 'invalid') throw new Error('the settings are wrong')
  const events: LogEvent[] = []
  const listeners = new Set<() => void>()
  const service = await startService({
    settings: parsed.settings,
    policy: policy.policy,
    random: () => 0,
    onEvent: event => {
      events.push(event)
      for (const listener of listeners) listener()
    },
  })
  const listening = await listen(service.app, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await listening.close(0)
    await service.stop()
    rmSync(dataDir, { recursive: true })
  })
  const url = `http://127.0.0.1:${listening.port}`
  const person = async (id: string): Promise<Person> => (await fetch(`${url}/api/people/${id}`)).json()
  return {
    hubspot,
    events,
    person,
    async send(...calls: readonly object[]) {
      const { status } = await fetch(`${url}/segment`, { method: 'POST', body: JSON.stringify(calls) })
      expect(status).toBe(200)
    },
    said: (kind: LogEvent['kind']) =>
      new Promise<void>(resolve => {
        const look = () => {
          if (!events.some(event => event.kind === kind)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
    /** Settles once the person's story has so many chapters. */
    async story(id: string, chapters: number): Promise<Person['story']> {
      for (;;) {
        const { story = [] } = await person(id)
        if (story.length >= chapters) return story
        await new Promise<void>(resolve => setTimeout(resolve, 20))
      }
    },
  }
}

const ada = { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } }
const asked = { type: 'track', userId: 'ada', event: 'Price Asked', properties: {} }

test('whom HubSpot lets no e-mail reach is left in peace, and nothing of consent is ever written', async () => {
  const { hubspot, send, said, story } = await openWorld({ READ_BACK: 'hubspot' })
  hubspot.learn('ada@example.com', { hs_email_optout: 'true', num_associated_deals: '2', lifecyclestage: 'customer' })
  await send(ada)
  await said('person read')
  await send(asked)
  const told = await story('ada', 2)
  expect(told.map(({ what, restraint }) => [what, restraint]).sort()).toEqual([
    ['Price Asked', 'silenced'],
    ['Regular Asks', 'silenced'],
  ])
  expect(told[0]?.why).toContain('hubspot lets no e-mail reach them (opted out)')
  expect(hubspot.contact('ada@example.com')?.properties).toMatchObject({
    hs_email_optout: 'true',
    lifecyclestage: 'customer',
  })
  expect(
    hubspot
      .requests()
      .filter(({ path }) => path.includes('hs_email_optout'))
      .map(({ method }) => method),
  ).toEqual(['GET'])
})

test('what HubSpot knows of a customer decides which moments are theirs', async () => {
  const { hubspot, send, said, story } = await openWorld({ READ_BACK: 'hubspot' })
  hubspot.learn('ada@example.com', { num_associated_deals: '2', lifecyclestage: 'customer' })
  await send(ada)
  await said('person read')
  await send(asked)
  expect((await story('ada', 2)).map(({ told }) => told).sort()).toEqual(['Price Asked fired', 'Regular Asks fired'])
})

test('nothing is read unless it was asked for', async () => {
  const { hubspot, events, send, said } = await openWorld({})
  await send(ada, asked)
  await said('moment fired')
  expect(hubspot.requests().filter(({ path }) => path.includes('hs_email_optout'))).toEqual([])
  expect(events.map(({ kind }) => kind)).not.toContain('person read')
})
