/** What HubSpot knows of a person, read back by the real service, and what that changes. */
import { expect, test } from 'vitest'
import type { Person } from '../../src/destination/explain.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { openReadyHubspot, TOKEN } from '../support/hubspot-account.ts'
import { openLiveService } from '../support/live-service.ts'

const CONFIG = {
  customMoments: [
    { name: 'Price Asked', when: { event: 'Price Asked' } },
    { name: 'Regular Asks', when: { event: 'Price Asked', traits: { orders: { atLeast: 2 }, lifecycle: 'customer' } } },
  ],
} as const

async function openWorld(environment: Readonly<Record<string, string>>) {
  const hubspot = await openReadyHubspot()
  const { url, events, send, until } = await openLiveService({
    environment: { HUBSPOT_ACCESS_TOKEN: TOKEN, HUBSPOT_BASE_URL: hubspot.url, ...environment },
    config: CONFIG,
  })
  return {
    ...{ hubspot, events, send },
    said: (kind: LogEvent['kind']) => until(() => events.some(event => event.kind === kind)),
    /** Settles once the person's story has so many chapters. */
    async story(id: string, chapters: number): Promise<Person['story']> {
      for (;;) {
        const { story = [] }: Person = await (await fetch(`${url}/api/people/${id}`)).json()
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
