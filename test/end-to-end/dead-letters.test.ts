/** What was given up is found, tried again and put away: through the command, beside a running service and over its folder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { runCommand } from '../support/run-command.ts'
import { freePort, startChild } from '../support/service-child.ts'

const API_KEY = 'pk_dead'

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-dead-'))
  const standIn = await startKlaviyo({ apiKey: API_KEY, limits: false })
  const config = join(folder, 'inkling.config.mjs')
  writeFileSync(config, 'export default {}\n')
  const port = await freePort()
  const lines: string[] = []
  const env = {
    KLAVIYO_API_KEY: API_KEY,
    KLAVIYO_BASE_URL: standIn.url,
    ADMIN_TOKEN: 'operator',
    SEGMENT_WRITE_KEYS: 'key',
  }
  const start = () =>
    startChild({
      ...{ dataDir: join(folder, 'data'), port, config },
      environment: env,
      onLine: line => lines.push(line),
    })
  let service = start()
  onTestFinished(async () => {
    await service.kill('SIGTERM')
    await standIn.close()
    rmSync(folder, { recursive: true })
  })
  await service.ready
  const command = (...args: readonly string[]) =>
    runCommand(['dead-letters', ...args], {
      folder,
      env: { ...env, DATA_DIR: join(folder, 'data'), PORT: String(port) },
    })
  const post = (batch: readonly object[]) =>
    fetch(`${service.url}/v1/batch`, { method: 'POST', body: JSON.stringify({ batch, writeKey: 'key' }) })
  return {
    ...{ folder, standIn, command, post, env },
    said: (text: string) => expect.poll(() => lines.filter(line => line.includes(text)).length, { timeout: 20_000 }),
    stop: () => service.kill('SIGTERM'),
    start: () => {
      service = start()
      return service.ready
    },
    startAnother: async () =>
      startChild({
        ...{ dataDir: join(folder, 'data'), port: await freePort() },
        ...{ config, environment: env },
      }),
  }
}

const ada = { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' }, messageId: 'm1' }
const added = {
  type: 'track',
  event: 'Product Added',
  userId: 'ada',
  messageId: 'm2',
  properties: { product_id: 'p', price: 9 },
}

test('a refused delivery is listed, exported and tried again under its id; nothing counts twice', async () => {
  const { standIn, command, post, said, folder } = await open()
  expect((await command()).out).toBe('No delivery was given up.\n')
  await post([ada])
  await said('"outcome":"delivered"').toBe(1)
  standIn.fail({ kind: 'status', status: 400 }, { path: '/api/events' })
  await post([added])
  await said('"became":"dead"').toBe(1)

  const listed = await command('list')
  expect(listed.out).toMatch(/klaviyo +event Engagement Level Reached/)
  expect([listed.code, listed.err]).toEqual([0, ''])
  expect((await command('export', '--out', 'dead.jsonl')).code).toBe(0)
  const [letter] = readFileSync(join(folder, 'dead.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(letter).toMatchObject({ kind: 'deliveries', connector: 'klaviyo', what: 'event Engagement Level Reached' })
  expect(letter.hint.length).toBeGreaterThan(10)

  expect((await command('retry')).code).toBe(2)
  expect((await command('retry', '--id', letter.id)).out).toBe('1 are tried again.\n')
  await said('"became":"delivered"').toBeGreaterThan(1)
  await expect.poll(() => standIn.events().length).toBe(1)
  expect((await command('retry', '--id', letter.id)).out).toBe('0 are tried again.\n')
  expect((await command('list')).out).toBe('No delivery was given up.\n')
  expect(standIn.events()).toHaveLength(1)
})

test('without a running service, the command works on the folder; beside one that it cannot reach, it does not', async () => {
  const { standIn, command, post, said, stop, start, startAnother } = await open()
  standIn.fail({ kind: 'status', status: 400 })
  await post([ada])
  await said('"became":"dead"').toBe(1)
  await expect((await startAnother()).ready).rejects.toThrow('Another Inkling is running over DATA_DIR')
  await stop()
  expect((await command('retry', '--all')).out).toBe('1 are tried again.\n')
  await start()
  await said('"became":"delivered"').toBe(1)
  expect(standIn.profiles()).toHaveLength(1)
})

test('what was put away is not tried again', async () => {
  const { standIn, command, post, said } = await open()
  standIn.fail({ kind: 'status', status: 400 })
  await post([ada])
  await said('"became":"dead"').toBe(1)
  expect((await command('discard', '--connector', 'hubspot')).out).toBe('0 put away.\n')
  expect((await command('discard', '--all')).out).toBe('1 put away.\n')
  expect((await command('retry', '--all')).out).toBe('0 are tried again.\n')
})

test('a message in quarantine is shown with its reason, whatever is in it, and stays while it cannot be read', async () => {
  const { command, post } = await open()
  const evil = {
    type: 'track',
    event: 7,
    userId: 'ada',
    messageId: 'm9',
    properties: { name: '\u001b[2J\u202Egnp.exe' },
  }
  expect((await post([ada, evil])).status).toBe(200)
  const { out } = await command('export', '--kind', 'messages')
  expect(JSON.parse(out)).toMatchObject({ id: '1.1', what: 'batch', content: evil })
  const retried = await command('retry', '--kind', 'messages', '--all')
  expect(retried.out).toMatch(/^0 are tried again\.\nNot 1\.1: event: found a number/)
  expect(retried.code).toBe(1)
  expect((await command('list', '--kind', 'messages')).out).toMatch(/1\.1 +batch +message +event: found a number/)
  expect((await command('discard', '--kind', 'messages', '--id', '1.1')).out).toBe('1 put away.\n')
  expect((await command('list', '--kind', 'messages')).out).toBe('No message is in quarantine.\n')
})

test('the wrong token is told, and a page of another site changes nothing', async () => {
  const { command, env } = await open()
  const refused = await command('list', '--kind', 'nonsense')
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringContaining('--kind: found "nonsense", expected deliveries or messages'),
  ])
  env.ADMIN_TOKEN = 'another'
  const { code, err } = await command('list')
  expect([code, err]).toEqual([1, expect.stringContaining('The admin token is missing or wrong')])
})
