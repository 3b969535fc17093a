/** Somebody gets the name a platform joins profiles by: what it may keep under former names is planned to be joined. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { ingestEntries } from '../../src/destination/ingest.ts'
import { arrivedIn } from '../../src/destination/parse.ts'
import type { Addressee } from '../../src/destination/plan.ts'
import { openSqliteStore } from '../../src/destination/store/sqlite.ts'
import type { Store } from '../../src/destination/store/store.ts'
import { webhookEntry } from '../support/log-entry.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')
const SETTLE = 1_000
const names = ['userId', 'email', 'phone', 'anonymousId'] as const
/** As Braze with aliases. */
const joiner: Addressee = {
  name: 'joiner',
  needs: { event: names, traits: names },
  joins: { into: 'userId', from: ['email', 'phone', 'anonymousId'], settleMs: SETTLE },
}
const plain: Addressee = { name: 'plain', needs: { event: names, traits: names } }

let store: Store
let position = 0
beforeEach(() => {
  store = openSqliteStore(':memory:')
  position = 0
})
afterEach(() => store.close())

async function send(...calls: readonly object[]): Promise<void> {
  position += 1
  const at = NOW + position * 60_000
  const entry = webhookEntry(position, calls, at)
  await ingestEntries({ store, policy: defaultPolicy, connectors: [joiner, plain] }, [arrivedIn(entry)], at)
}

const viewed = (rest: object) => ({ event: 'Product Added', properties: { product_id: 'fern', price: 10 }, ...rest })

/** Delivers everything that is owed and tells what it was, in order. */
async function delivered(connector = joiner.name) {
  const at = NOW + position * 60_000 + 30_000
  const told: object[] = []
  for (;;) {
    const leased = await store.lease(connector, at, { kinds: ['joining', 'event', 'deletion', 'traits'], limit: 10 })
    if (leased.length === 0) return told
    for (const { delivery } of leased) {
      const { kind, identifiers } = delivery
      told.push(delivery.kind === 'joining' ? { kind, identifiers, former: delivery.former } : { kind, identifiers })
      await store.settle([{ kind: 'delivered', id: delivery.id }], at)
    }
  }
}

test('what was written of a visitor is joined once they have a user id, before anything else is written', async () => {
  await send(viewed({ anonymousId: 'desk' }))
  expect(await delivered()).toMatchObject([{ identifiers: { anonymousId: 'desk' } }])
  const identifiers = { userId: 'ada', email: 'ada@example.com', anonymousId: 'desk' }
  await send({ type: 'identify', ...identifiers, traits: { email: identifiers.email } }, viewed(identifiers))
  const [first, ...rest] = await delivered()
  expect(first).toEqual({ kind: 'joining', identifiers, former: [{ anonymousId: 'desk' }] })
  expect(rest.length).toBeGreaterThan(0)
  for (const write of rest) expect(write).toMatchObject({ kind: expect.stringMatching('traits|event'), identifiers })
})

test('an address that was known first is joined as well, and a second browser when it turns out to be theirs', async () => {
  await send(
    { type: 'identify', anonymousId: 'desk', traits: { email: 'ada@example.com' } },
    viewed({ anonymousId: 'desk' }),
  )
  await send(viewed({ anonymousId: 'phone' }))
  await delivered()
  await send({ type: 'identify', userId: 'ada', anonymousId: 'desk', traits: {} })
  expect(await delivered()).toContainEqual(
    expect.objectContaining({ former: [{ email: 'ada@example.com' }, { anonymousId: 'desk' }] }),
  )
  await send({ type: 'identify', userId: 'ada', anonymousId: 'phone', traits: {} })
  const joinings = (await delivered()).filter(told => 'former' in told)
  expect(joinings).toMatchObject([{ identifiers: { userId: 'ada' }, former: [{ anonymousId: 'phone' }] }])
})

test('nothing is joined that was never written, that has the same name already, or at a platform that cannot', async () => {
  await send({ type: 'identify', userId: 'ada', anonymousId: 'desk', traits: { email: 'ada@example.com' } })
  await send(viewed({ userId: 'ada', anonymousId: 'desk' }))
  await delivered()
  await send({ type: 'identify', userId: 'ada', anonymousId: 'desk', traits: { email: 'new@example.com' } })
  await send(viewed({ anonymousId: 'phone' }))
  await send({ type: 'identify', userId: 'ada', anonymousId: 'phone', traits: {} })
  const told = [...(await delivered()), ...(await delivered('plain'))]
  expect(told.length).toBeGreaterThan(0)
  expect(told.filter(one => 'former' in one)).toEqual([])
})

test('somebody deleted is deleted by their anonymous ids too, where a platform keeps such, and nothing is joined', async () => {
  await send(viewed({ anonymousId: 'desk' }), { type: 'identify', anonymousId: 'desk', userId: 'ada', traits: {} })
  await delivered()
  await send({ type: 'delete', userId: 'ada' })
  expect(await delivered()).toEqual([
    { kind: 'deletion', identifiers: { userId: 'ada' } },
    { kind: 'deletion', identifiers: { anonymousId: 'desk' } },
  ])
})
