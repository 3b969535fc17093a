/** What waited while Klaviyo could not be written to, and how it goes once it can: store, dispatch and connector together. */
import { expect, onTestFinished, test } from 'vitest'
import { type KlaviyoStandIn, startKlaviyo } from '../../../examples/platforms/klaviyo.ts'
import { createKlaviyo } from '../../../src/connectors/klaviyo/index.ts'
import { startDispatch } from '../../../src/destination/delivery/dispatch.ts'
import { initialState } from '../../../src/destination/engine/profile.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'
import type { PlannedDelivery } from '../../../src/destination/store/store.ts'
import { KEY } from '../../support/klaviyo-call.ts'

const PEOPLE = 60
const NOW = Date.UTC(2026, 6, 15, 12)

test('a backlog of moments goes in bulk, each recorded once, and what is new afterwards goes alone', async () => {
  const account = await startKlaviyo({ apiKey: KEY, limits: false })
  const store = openSqliteStore(':memory:')
  const people = Array.from({ length: PEOPLE }, (_, at) => `person-${at}`)
  await plan(people.map(id => moment(id, 'Cart Abandoned')))
  const connector = await createKlaviyo({ apiKey: KEY, baseUrl: account.url })
  const dispatch = startDispatch({ store, connector, now: () => NOW, random: () => 0, onEvent: () => undefined })
  onTestFinished(async () => {
    await dispatch.stop()
    store.close()
    await account.close()
  })
  dispatch.wake()
  await until(account, () => account.events().length === PEOPLE)
  expect(account.requests().length).toBeLessThan(5)

  await plan([moment('person-0', 'Re-engaged')])
  dispatch.wake()
  await until(account, () => account.events().length === PEOPLE + 1)
  await dispatch.stop()
  expect(account.requests().at(-1)?.path).toBe('/api/events')
  expect((await store.deliveries({ status: 'delivered' }, 99)).length).toBe(PEOPLE + 1)

  async function plan(deliveries: readonly PlannedDelivery[]): Promise<void> {
    const profiles = people.map(id => {
      const known = { ...initialState.known, email: `${id}@example.com` }
      return { id, state: { ...initialState, known } }
    })
    const nothing = { merges: [], identities: [], seen: [], facts: [], releases: [] }
    await store.commit({ ...nothing, now: NOW, profiles, deliveries })
  }
})

function moment(profileId: string, name: string): PlannedDelivery {
  const delivery = { id: `${name} of ${profileId}`, profileId, connector: 'klaviyo', kind: 'event', name } as const
  return { ...delivery, properties: {}, traits: { inkling_level: 'high' }, time: NOW, held: false }
}

/** Settles at the first change after which it is true. */
function until(account: KlaviyoStandIn, isTrue: () => boolean): Promise<void> {
  return new Promise(done => {
    const look = () => {
      if (!isTrue()) return
      stop()
      done()
    }
    const stop = account.onChange(look)
    look()
  })
}
