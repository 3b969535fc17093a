/** Somebody asks to be deleted: every platform is told, and nothing more is written of them. Over a real database. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { ingestEntries, ingestTimers } from '../../src/destination/ingest.ts'
import { arrivedIn } from '../../src/destination/parse.ts'
import type { Addressee } from '../../src/destination/plan.ts'
import { openSqliteStore } from '../../src/destination/store/sqlite.ts'
import type { Settlement, Store } from '../../src/destination/store/store.ts'
import { webhookEntry } from '../support/log-entry.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')
const HOUR = 3_600_000
const connectors: readonly Addressee[] = [
  { name: 'mailer', needs: { event: ['email'], traits: ['email'] } },
  { name: 'crm', needs: { event: ['userId'], traits: ['userId'] } },
]
type Call = Readonly<Record<string, unknown>>

let store: Store
let position = 0
beforeEach(() => {
  store = openSqliteStore(':memory:')
  position = 0
})
afterEach(() => store.close())

/** Takes in what Segment's webhook sent in one request: only there may somebody be deleted. */
async function send(...calls: readonly Call[]): Promise<void> {
  position += 1
  const receivedAt = NOW + position * 1000
  const entry = webhookEntry(position, calls, receivedAt)
  await ingestEntries({ store, policy: defaultPolicy, connectors }, [arrivedIn(entry)], receivedAt)
}

const identify = (userId: string, email: string, rest: Call = {}): Call => ({
  ...{ type: 'identify', userId, traits: { email } },
  ...rest,
})
const hovered = (rest: Call): Call => ({
  event: 'Engagement Measured',
  properties: { pageview_id: 'pv', hovers: [{ element: 'fern', ms: 9000, count: 1 }], automation: {} },
  ...rest,
})
const added = (rest: Call): Call => ({ event: 'Product Added', properties: { product_id: 'fern', price: 10 }, ...rest })
/** As Segment sends it. */
const deletion = (userId: string): Call => ({ type: 'delete', userId, context: null, integrations: [] })

const KINDS = ['event', 'deletion', 'traits'] as const
const lease = async (connector: string) =>
  (await store.lease(connector, NOW + HOUR, { kinds: KINDS, limit: 10 })).map(({ delivery }) => delivery)
const planned = async () =>
  (await store.deliveries({}, 100)).map(({ connector, kind, status }) => `${connector} ${kind} ${status}`).sort()

test('every platform is told by all the names the person has, and what waited for them is dropped', async () => {
  await send(identify('ada', 'ada@example.com', { anonymousId: 'anon' }), hovered({ anonymousId: 'anon' }))
  expect((await planned()).some(row => row.endsWith('pending'))).toBe(true)
  await send(deletion('ada'))
  const rows = await planned()
  expect(rows.filter(row => !row.endsWith('superseded'))).toEqual(['crm deletion pending', 'mailer deletion pending'])
  for (const { name } of connectors)
    expect(await lease(name)).toMatchObject([
      { kind: 'deletion', identifiers: { email: 'ada@example.com', userId: 'ada' }, time: NOW + 2000 },
    ])
})

test('nothing more is decided or written of them: not by what they do, nor by a timer, nor once they say who they are', async () => {
  await send(identify('ada', 'ada@example.com', { anonymousId: 'anon' }), added({ anonymousId: 'anon' }))
  await send(deletion('ada'))
  const before = await planned()
  await send(hovered({ anonymousId: 'anon' }), added({ userId: 'ada' }), identify('ada', 'new@example.com'))
  expect(await store.dueTimers(NOW + 100 * HOUR, 10)).toEqual([])
  expect(await planned()).toEqual(before)
  const person = await store.person('ada')
  expect(person?.state).toMatchObject({ cart: undefined, balance: { points: 0 }, written: {}, deletedAt: NOW + 2000 })
  expect(await store.facts(person?.id ?? '', 1)).toMatchObject([{ kind: 'deletion_asked' }])
})

test('what was under way when they asked is not tried again', async () => {
  await send(identify('ada', 'ada@example.com'), hovered({ userId: 'ada' }))
  const [leased] = await lease('mailer')
  expect(leased?.kind).toBe('event')
  await send(deletion('ada'))
  expect(await lease('mailer')).toEqual([])
  await store.settle([{ kind: 'retry', id: leased?.id ?? '', at: NOW, reason: 'busy', counts: true }], NOW)
  expect((await lease('mailer')).map(({ kind }) => kind)).toEqual(['deletion'])
})

test('somebody never heard of is deleted at the platforms all the same', async () => {
  await send(deletion('stranger'))
  expect(await lease('crm')).toMatchObject([{ kind: 'deletion', identifiers: { userId: 'stranger' } }])
})

test('in one request with what came before, the deletion has the last word', async () => {
  await send(identify('ada', 'ada@example.com'), hovered({ userId: 'ada' }), deletion('ada'))
  expect((await planned()).filter(row => row.endsWith('pending'))).toEqual([
    'crm deletion pending',
    'mailer deletion pending',
  ])
})

test('visits that turn out to be theirs later are deleted too, by the names they had, and what waited for them is dropped', async () => {
  await send(identify('ada', 'ada@example.com'), deletion('ada'))
  await send({ type: 'identify', anonymousId: 'phone', traits: { email: 'second@example.com' } })
  await send(hovered({ anonymousId: 'phone' }))
  for (const { id } of await lease('mailer')) await store.settle([{ kind: 'delivered', id }], NOW)
  await send(hovered({ anonymousId: 'phone' }), { type: 'identify', userId: 'ada', anonymousId: 'phone', traits: {} })
  expect((await store.people(10)).map(({ state }) => state.deletedAt)).toEqual([NOW + 1000])
  const told = new Set<string | undefined>()
  for (let [next] = await lease('mailer'); next !== undefined; [next] = await lease('mailer')) {
    expect(next.kind).toBe('deletion')
    told.add(next.identifiers.email)
    await store.settle([{ kind: 'delivered', id: next.id }], NOW)
  }
  expect(told).toEqual(new Set(['second@example.com', 'ada@example.com']))
})

test('an address they had before is deleted too, but for one that is theirs again', async () => {
  const addresses = ['first@example.com', 'second@example.com', 'first@example.com', 'third@example.com']
  for (const email of addresses) await send(identify('ada', email))
  await send(deletion('ada'))
  const told: (string | undefined)[] = []
  for (let [next] = await lease('mailer'); next !== undefined; [next] = await lease('mailer')) {
    told.push(next.identifiers.email)
    await store.settle([{ kind: 'delivered', id: next.id }], NOW)
  }
  expect(told).toEqual(['third@example.com', 'second@example.com', 'first@example.com'])
})

test('somebody else who signs in at the same browser is written to', async () => {
  await send(identify('ada', 'ada@example.com', { anonymousId: 'shared' }), deletion('ada'))
  await send(identify('bo', 'bo@example.com', { anonymousId: 'shared' }), hovered({ anonymousId: 'shared' }))
  expect((await lease('mailer')).map(({ kind, identifiers }) => [kind, identifiers.email])).toContainEqual([
    'event',
    'bo@example.com',
  ])
})

test('asked again, they are deleted again: another system may have written them meanwhile', async () => {
  await send(identify('ada', 'ada@example.com'), deletion('ada'))
  for (const { id } of await lease('crm')) await store.settle([{ kind: 'delivered', id }], NOW)
  await send(deletion('ada'))
  expect((await lease('crm')).map(({ kind }) => kind)).toEqual(['deletion'])
})

const call = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b').map(anonymousId => hovered({ anonymousId })) },
  { weight: 2, arbitrary: fc.constantFrom('a', 'b').map(anonymousId => added({ anonymousId })) },
  {
    weight: 3,
    arbitrary: fc
      .record({
        userId: fc.constantFrom('u', 'v', undefined),
        anonymousId: fc.constantFrom('a', 'b', undefined),
        traits: fc.constantFrom({}, { email: 'one@example.com' }, { email: 'two@example.com' }),
      })
      .filter(({ userId, anonymousId }) => (userId ?? anonymousId) !== undefined)
      .map((ids): Call => ({ type: 'identify', ...ids })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('u', 'a').map((previousId): Call => ({ type: 'alias', userId: 'v', previousId })),
  },
  { weight: 1, arbitrary: fc.constantFrom('u', 'v').map(deletion) },
)
const outcome = fc.constantFrom('delivered', 'retry', 'dead', undefined)

test('whatever arrives, and however writes end, nothing is sent of somebody deleted but their deletion', async () => {
  let deletions = 0
  const turns = fc.array(fc.tuple(fc.array(call, { minLength: 1, maxLength: 3 }), outcome, outcome), {
    minLength: 2,
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(turns, async played => {
      store.close()
      store = openSqliteStore(':memory:')
      position = 0
      let flying: readonly { readonly id: string; readonly fate: Settlement['kind'] | undefined }[] = []
      for (const [calls, ...fates] of played) {
        await send(...calls)
        const at = NOW + position * HOUR
        await ingestTimers({ store, policy: defaultPolicy, connectors }, await store.dueTimers(at, 100), at)
        const gone = new Set((await store.people(100)).filter(({ state }) => state.deletedAt).map(({ id }) => id))
        for (const { id, fate } of flying) await settle(id, fate ?? 'delivered', at)
        flying = []
        for (const [index, { name }] of connectors.entries())
          for (const { delivery } of await store.lease(name, at, { kinds: KINDS, limit: 10 })) {
            if (gone.has(delivery.profileId)) expect(delivery.kind).toBe('deletion')
            if (delivery.kind === 'deletion') deletions += 1
            const fate = fates[index]
            if (fate === undefined) flying = [...flying, { id: delivery.id, fate }]
            else await settle(delivery.id, fate, at)
          }
        // Each is told of at every platform, and nothing but that waits.
        for (const profileId of gone) {
          const theirs = await store.deliveries({ profileId }, 1000)
          for (const { name } of connectors)
            expect(theirs.some(({ connector, kind }) => connector === name && kind === 'deletion')).toBe(true)
          const waiting = theirs.filter(({ status }) => status === 'pending' || status === 'held')
          expect(waiting.filter(({ id, kind }) => kind !== 'deletion' && !flying.some(one => one.id === id))).toEqual(
            [],
          )
        }
      }
    }),
    { numRuns: 150 },
  )
  expect(deletions).toBeGreaterThan(100)
})

async function settle(id: string, kind: Settlement['kind'], at: number): Promise<void> {
  const reason = 'so it was'
  const settlement: Settlement =
    kind === 'delivered'
      ? { kind, id }
      : kind === 'retry'
        ? { kind, id, at, reason, counts: true }
        : { kind, id, reason }
  await store.settle([settlement], at)
}
