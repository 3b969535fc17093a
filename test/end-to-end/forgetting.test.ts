/** Somebody is deleted: afterwards their names are in no file, whatever comes late, and the platforms were told. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { listen } from '../../src/destination/listen.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { startService } from '../../src/destination/service.ts'
import { runCommand } from '../support/run-command.ts'

const API_KEY = 'pk_forget'
/** Every way they are named; in the log, the store and whatever lies between. */
const NAMES = ['ada-4711', 'ada.lovelace@example.com', 'browser-of-ada', 'phone-of-ada', '+4915112345678']

async function open() {
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-forget-'))
  const standIn = await startKlaviyo({ apiKey: API_KEY, limits: false })
  const events: LogEvent[] = []
  const start = async () => {
    const service = await startService({
      settings: {
        ...{ dataDir, segment: { writeKeys: [] } },
        connectors: { klaviyo: { apiKey: API_KEY, baseUrl: standIn.url } },
      },
      ...{ policy: defaultPolicy, random: () => 0, onEvent: event => events.push(event) },
    })
    return { service, listening: await listen(service.app, { host: '127.0.0.1', port: 0 }) }
  }
  let running = await start()
  const stop = async () => {
    await running.listening.close(0)
    await running.service.stop()
  }
  onTestFinished(async () => {
    await stop()
    await standIn.close()
    rmSync(dataDir, { recursive: true })
  })
  let sent = 0
  const url = () => `http://127.0.0.1:${running.listening.port}`
  return {
    ...{ standIn, events, dataDir },
    async send(...calls: readonly object[]) {
      sent += 1
      const batch = calls.map((call, index) => ({ type: 'track', messageId: `m${sent}.${index}`, ...call }))
      const { status } = await fetch(`${url()}/segment`, { method: 'POST', body: JSON.stringify(batch) })
      expect(status).toBe(200)
    },
    idle: () =>
      expect.poll(async () => (await (await fetch(`${url()}/readyz`)).json()).backlog, { timeout: 10_000 }).toBe(0),
    forgotten: (times: number) =>
      expect
        .poll(() => events.filter(({ kind }) => kind === 'person forgotten').length, { timeout: 20_000 })
        .toBe(times),
    person: async (id: string) => (await fetch(`${url()}/api/people/${encodeURIComponent(id)}`)).json(),
    port: () => running.listening.port,
    async restart() {
      await stop()
      running = await start()
    },
  }
}

/** Which names stand in which files, byte for byte. */
function traces(folder: string): readonly string[] {
  return readdirSync(folder).flatMap(file => {
    const bytes = readFileSync(join(folder, file)).toString('latin1').toLowerCase()
    return NAMES.filter(name => bytes.includes(name)).map(name => `${name} in ${file}`)
  })
}

const identify = {
  type: 'identify',
  userId: 'ada-4711',
  anonymousId: 'browser-of-ada',
  traits: { email: 'Ada.Lovelace@example.com', phone: '+4915112345678' },
}
const added = (anonymousId: string) => ({
  event: 'Product Added',
  anonymousId,
  properties: { product_id: 'p', price: 9, name: 'Fern' },
})
const other = { type: 'identify', userId: 'bob', traits: { email: 'bob@example.com' } }

test('after a deletion no file has a name of theirs, and the others are as they were', async () => {
  const { send, idle, forgotten, person, dataDir, standIn, events, restart } = await open()
  await send(identify, other, added('browser-of-ada'), {
    event: 'Product Viewed',
    userId: 'bob',
    properties: { product_id: 'q' },
  })
  await send({ event: 7, userId: 'ada-4711' }, added('phone-of-ada'))
  await send({ type: 'alias', userId: 'ada-4711', previousId: 'phone-of-ada' })
  await idle()
  await expect
    .poll(() => events.filter(event => event.kind === 'delivery attempted' && event.outcome === 'delivered').length, {
      timeout: 20_000,
    })
    .toBeGreaterThan(2)
  expect(traces(dataDir)).not.toEqual([])
  const bob = await person('bob')

  await send({ type: 'delete', userId: 'ada-4711' })
  await forgotten(1)
  const told = async () =>
    (await person('ada-4711')).deliveries.map((one: { kind: string; status: string }) => `${one.kind} ${one.status}`)
  await expect.poll(told, { timeout: 20_000 }).toEqual(['deletion delivered'])
  await restart()
  expect(traces(dataDir)).toEqual([])
  expect(standIn.requests().some(({ path }) => path.includes('data-privacy-deletion-jobs'))).toBe(true)

  // They are known to have been somebody, by each name, and nothing else of them.
  for (const id of ['ada-4711', 'browser-of-ada', 'phone-of-ada', 'ada.lovelace@example.com'])
    expect(await person(id)).toMatchObject({ identifiers: {}, score: 0, story: [{ outcome: 'deleted' }] })
  const { last_seen: _, ...same } = bob
  expect(await person('bob')).toMatchObject(same)
})

test('what comes late of them is taken in no more, and leaves no trace either; somebody else at their browser is somebody else', async () => {
  const { send, idle, forgotten, person, dataDir, restart } = await open()
  await send(identify, added('browser-of-ada'))
  await send({ type: 'delete', userId: 'ada-4711' })
  await forgotten(1)
  await restart()
  await send({ ...added('browser-of-ada'), userId: 'ada-4711' }, other)
  await forgotten(2)
  // Sent once more, it is a repetition, and in the log once more.
  await send({ ...added('browser-of-ada'), userId: 'ada-4711', messageId: 'm3.0' })
  await forgotten(3)
  await send({ ...added('browser-of-ada'), userId: 'eve' })
  await idle()
  await restart()
  expect(traces(dataDir).filter(trace => !trace.startsWith('browser-of-ada'))).toEqual([])
  expect(await person('ada-4711')).toMatchObject({ identifiers: {}, score: 0, story: [{ outcome: 'deleted' }] })
  expect((await person('eve')).score).toBeGreaterThan(0)
  expect((await person('bob')).identifiers).toMatchObject({ email: 'bob@example.com' })
})

test('an operator has somebody forgotten by the command, which says who it would be, waits, and shows what the platforms said', async () => {
  const { send, idle, dataDir, port } = await open()
  await send(identify, other)
  await idle()
  const run = (...args: readonly string[]) =>
    runCommand(args, { folder: dataDir, env: { DATA_DIR: dataDir, PORT: String(port()) } })
  const exported = JSON.parse((await run('export', 'ada.lovelace@example.com')).out)
  expect(exported.messages).toEqual([{ ...identify, messageId: 'm1.0' }])
  expect(exported.person.identifiers.userId).toBe('ada-4711')
  const unsure = await run('forget', 'ada.lovelace@example.com')
  expect([unsure.code, unsure.err]).toEqual([2, expect.stringContaining('Say --yes to forget them')])
  expect((await run('forget', 'nobody', '--yes')).err).toContain('Nobody is known by this id')
  const done = await run('forget', 'ada.lovelace@example.com', '--yes')
  expect([done.code, done.err, done.out]).toEqual([
    0,
    '',
    expect.stringMatching(/^Forgotten here: profile [0-9a-f]{20} is empty\./),
  ])
  expect((await run('forget', 'ada-4711', '--yes')).out).toMatch(/klaviyo: (delivered|pending)/)
  expect(JSON.parse((await run('export', 'ada-4711')).out)).toMatchObject({
    messages: [],
    facts: [{ kind: 'deletion_asked' }],
  })
})
