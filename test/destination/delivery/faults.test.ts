/** Every way in which a platform fails, tried on every platform: nothing is lost, doubled, out of order or given away. */
import { describe, expect, test } from 'vitest'
import { traitsDelivery } from '../../support/deliveries.ts'
import {
  ASKED_S,
  BATCH_ROWS,
  IMPATIENT_MS,
  type OutcomeName,
  outcomeFor,
  ROWS,
  type Row,
} from '../../support/fault-rows.ts'
import {
  BATCH_MEMBERS,
  MEMBERS,
  type Member,
  openWorld,
  SECRET,
  STEP_MS,
  type World,
} from '../../support/fault-world.ts'

const ADA = 'ada@example.com'
const BOB = 'bob@example.com'
const GRACE = 'grace@example.com'

/** How the first attempt ends, when the next is made, ms, and whether the first one counts. */
const MEETINGS: Readonly<
  Record<OutcomeName, { readonly first: string; readonly againMs?: number; readonly counts?: boolean }>
> = {
  dead: { first: 'rejected' },
  retry: { first: 'retry', againMs: 1_000, counts: true },
  key: { first: 'unauthorized', againMs: 60_000, counts: false },
  asked: { first: 'retry', againMs: ASKED_S * 1_000, counts: false },
  unasked: { first: 'retry', againMs: 1_000, counts: false },
  taken: { first: 'delivered' },
}

async function meet(member: Member, row: Row, afterRecording: boolean): Promise<World> {
  const isSlow = row.fault?.kind === 'silence' || row.fault?.kind === 'slow-loris'
  const world = await openWorld(member, {
    ...(isSlow && { timeoutMs: IMPATIENT_MS }),
    ...(!row.fault && refusing(member)),
  })
  if (row.fault !== undefined) world.fail(row.fault, { path: member.path, afterRecording })
  // The first call holds the first event alone; everybody else comes while it is met by the fault.
  await world.plan([ADA, 'event', 'ada 1'], [ADA, 'event', 'ada 2'])
  await world.land()
  await world.plan(
    [BOB, 'traits', 'bob 1'],
    [GRACE, 'event', 'grace 1'],
    [GRACE, 'event', 'grace 2'],
    [ADA, 'event', 'ada 3'],
  )
  await world.run()
  return world
}

/** The first request of the member's kind finds nobody listening. */
function refusing({ path }: Member): { readonly fetch: typeof fetch } {
  let isFirst = true
  return {
    fetch: (address, init) => {
      const isBroken = isFirst && String(address).includes(path)
      if (isBroken) isFirst = false
      return fetch(isBroken ? 'http://127.0.0.1:1/' : address, init)
    },
  }
}

async function expectAllWell(world: World, twice: readonly string[] = [], dead: readonly string[] = []): Promise<void> {
  const recorded = world.recorded()
  const due = ['ada 1', 'ada 2', 'ada 3', 'grace 1', 'grace 2'].filter(name => !dead.includes(name))
  for (const name of due)
    expect([name, recorded.filter(one => one === name).length]).toEqual([name, twice.includes(name) ? 2 : 1])
  expect(recorded).toHaveLength(due.length + twice.length)
  for (const person of ['ada', 'grace']) {
    const order = recorded.filter(name => String(name).startsWith(person))
    expect(order).toEqual(order.toSorted())
  }
  for (const [email, name] of [
    [ADA, 'ada 3'],
    [BOB, 'bob 1'],
    [GRACE, 'grace 2'],
  ] as const)
    expect(world.trait(email, 'inkling_last_page')).toBe(name)
  expect(await world.output()).not.toContain(SECRET)
}

describe.each(MEMBERS)('$name', member => {
  test.each(ROWS)('meets $what', async row => {
    const world = await meet(member, row, false)
    const { first, againMs, counts } = MEETINGS[outcomeFor(row, member)]
    const [made, next, ...more] = world.attempts('ada 1')
    expect(made).toMatchObject({ outcome: first, attempt: 1, at: 0 })
    expect(more).toEqual([])
    const isDead = first === 'rejected'
    if (againMs === undefined) expect(next).toBeUndefined()
    else {
      expect(next).toMatchObject({ outcome: 'delivered', attempt: counts ? 2 : 1 })
      expect(next?.at).toBeGreaterThanOrEqual(againMs)
      expect(next?.at).toBeLessThanOrEqual(againMs + STEP_MS)
    }
    expect(await world.delivery('ada 1')).toMatchObject({ status: isDead ? 'dead' : 'delivered' })
    const missing = isDead || first === 'delivered' ? ['ada 1'] : []
    await expectAllWell(world, [], missing)
  })

  test.each(ROWS.filter(({ isAmbiguous }) => isAmbiguous))('meets $what after it has done the work', async row => {
    const world = await meet(member, row, true)
    expect(world.attempts('ada 1').map(({ outcome }) => outcome)).toEqual(['retry', 'delivered'])
    // Where a platform recognises no repeats, one too many is what is documented.
    await expectAllWell(world, member.countsTwice ? ['ada 1'] : [])
  })

  test('is called where its limits say', async () => {
    const world = await openWorld(member)
    for (const kind of ['event', 'traits'] as const) {
      const before = world.heard.length
      await world.plan([ADA, kind, kind])
      await world.run()
      const route = world.limits.routes.find(({ kinds, from }) => kinds.includes(kind) && from === undefined)
      expect(world.heard.slice(before).join()).toContain(route?.path)
    }
  })

  test.each([400, 401, 500])('gives nothing away when an answer with %i quotes the key and the address', async code => {
    const world = await openWorld(member)
    const quote = `Bearer ${SECRET} may not write ${ADA}`
    const body = JSON.stringify({ message: quote, errors: [{ detail: quote, type: quote, message: quote }] })
    world.fail({ kind: 'words', status: code, body }, { path: member.path })
    await world.plan([ADA, 'event', 'ada 1'])
    await world.run()
    const output = await world.output()
    expect(output).toContain(`${code} Bearer [removed] may not write [removed]`)
    expect(output).not.toContain(SECRET)
    expect(output).not.toContain(ADA)
  })
})

describe.each(BATCH_MEMBERS)('$name', member => {
  test(`meets ${BATCH_ROWS.poison.what}`, async () => {
    const world = await openWorld(member)
    const people = Array.from({ length: 120 }, (_, at) => (at === 41 ? 'nowhere' : `p${at}@example.com`))
    await world.plan(...people.map((email, at) => [email, 'event', `event ${at}`] as const))
    await world.run()
    expect(await world.delivery('event 41')).toMatchObject({ status: 'dead' })
    const others = people.map((_, at) => `event ${at}`).filter(name => name !== 'event 41')
    expect(world.recorded().toSorted()).toEqual(others.toSorted())
  })

  test(`meets ${BATCH_ROWS.twice.what}`, async () => {
    const world = await openWorld(member)
    await world.plan(['two@example.com', 'event', 'one/1'], ['two@example.com', 'event', 'other/1'])
    await world.run()
    expect(world.recorded().toSorted()).toEqual(['one/1', 'other/1'])
  })
})

test('Klaviyo, used by others too, is asked for no more than it says is left', async () => {
  const [klaviyo] = MEMBERS
  if (klaviyo === undefined) throw new Error('there is nothing to try')
  const world = await openWorld(klaviyo)
  const stranger = await world.stranger()
  const changes = Array.from({ length: 70 }, (_, at) => traitsDelivery({ profileId: `stranger ${at}` }))
  // 700 of the 750 profiles of this minute.
  for (let second = 0; second < 10; second += 1) {
    await stranger.deliver(changes)
    await world.pass(1_000)
  }
  await world.plan(...changes.map((_, at) => [`p${at}@example.com`, 'traits', `page ${at}`] as const))
  await world.land()
  const taken = () =>
    changes.filter((_, at) => world.trait(`p${at}@example.com`, 'inkling_last_page') !== undefined).length
  expect(taken()).toBeGreaterThan(45)
  expect(taken()).toBeLessThanOrEqual(50)
  await world.run()
  expect(taken()).toBe(70)
  expect(world.requests().filter(({ status }) => status === 429)).toEqual([])
})

test('at the full pace of its limits, Klaviyo refuses nothing', async () => {
  const [klaviyo] = MEMBERS
  if (klaviyo === undefined) throw new Error('there is nothing to try')
  const world = await openWorld(klaviyo)
  const people = Array.from({ length: 1_000 }, (_, at) => `p${at}@example.com`)
  await world.plan(...people.map(email => [email, 'traits', `page of ${email}`] as const))
  await world.run()
  for (const email of people) expect(world.trait(email, 'inkling_last_page')).toBe(`page of ${email}`)
  const seen = world.requests()
  expect(seen).toHaveLength(1_000)
  expect(seen.filter(({ status }) => status === 429)).toEqual([])
  // 750 in the first minute, the rest in the second.
  expect((seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0)).toBeLessThan(70_000)
})
