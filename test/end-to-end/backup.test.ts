/** A copy made while messages come in goes on where it was: nothing acknowledged before it is missing, nothing counts twice. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../support/run-command.ts'
import { freePort, startChild } from '../support/service-child.ts'

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-backup-'))
  const config = join(folder, 'inkling.config.mjs')
  writeFileSync(config, 'export default {}\n')
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return {
    folder,
    command: (...args: readonly string[]) =>
      runCommand(['backup', ...args], { folder, env: { DATA_DIR: join(folder, 'data') } }),
    start: async (dataDir: string) => {
      const service = startChild({ dataDir: join(folder, dataDir), port: await freePort(), config, environment: {} })
      onTestFinished(async () => void (await service.kill('SIGTERM')))
      await service.ready
      return service
    },
  }
}

const view = (index: number) => ({
  ...{ type: 'track', event: 'Product Viewed', messageId: `m${index}`, userId: `u${index % 7}` },
  properties: { product_id: `p${index}` },
})
const people = async (url: string) => {
  const { people: found }: { people: readonly { identifiers: { userId: string }; score: number }[] } = await (
    await fetch(`${url}/api/people`)
  ).json()
  return found.map(({ identifiers }) => identifiers.userId).toSorted()
}
const idle = (url: string) =>
  expect.poll(async () => (await (await fetch(`${url}/readyz`)).json()).backlog, { timeout: 20_000 }).toBe(0)

test('a backup under load can be started from, and has what was acknowledged before it', async () => {
  const { command, start, folder } = await open()
  const service = await start('data')
  let [sent, stop] = [0, false]
  const send = async () => {
    sent += 1
    const { status } = await fetch(`${service.url}/segment`, { method: 'POST', body: JSON.stringify(view(sent)) })
    expect(status).toBe(200)
  }
  for (let first = 0; first < 50; first += 1) await send()
  const load = (async () => {
    while (!stop) await send()
  })()
  const before = sent - 1
  const { code, out, err } = await command('copy')
  stop = true
  await load
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(
    /^Copied to .*\/copy: \d+ requests, \d+ of them decided on, \d+ MB\. Checked: both files are whole\.\n$/,
  )
  expect(Number(/copy: (\d+) requests/.exec(out)?.[1])).toBeGreaterThanOrEqual(before)
  expect(readdirSync(join(folder, 'copy')).toSorted()).toEqual(['log.db', 'store.db'])

  const restored = await start('copy')
  await idle(restored.url)
  expect(await people(restored.url)).toEqual(['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6'])
  // What it has is known there: sent once more, it is a repetition.
  await fetch(`${restored.url}/segment`, { method: 'POST', body: JSON.stringify([view(1), view(2)]) })
  await idle(restored.url)
  const metrics = await (await fetch(`${restored.url}/metrics`)).text()
  expect(metrics).toContain('inkling_messages_filtered_total{reason="duplicate"} 2')
})

test('it overwrites nothing, and says where there is nothing to copy', async () => {
  const { command, folder } = await open()
  const nothing = await command('copy')
  expect([nothing.code, nothing.err]).toEqual([1, expect.stringMatching(/There is no data folder .*data/)])
  writeFileSync(join(folder, 'file'), '')
  const refused = await runCommand(['backup', folder], { folder, env: { DATA_DIR: folder } })
  expect(refused.code).toBe(1)
})
