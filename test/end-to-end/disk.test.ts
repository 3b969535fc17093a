/** A disk that refuses: nothing is acknowledged that is not kept, readiness says so, and it goes on by itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { freePort, startChild } from '../support/service-child.ts'

const call = (id: string) => JSON.stringify({ type: 'track', event: 'A', userId: 'u', messageId: id })

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-disk-'))
  const config = join(folder, 'inkling.config.mjs')
  writeFileSync(config, 'export default {}\n')
  const start = async () => startChild({ dataDir: folder, port: await freePort(), config, environment: {} })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return { folder, start }
}

test('while the log cannot be written, senders are asked to come back; then everything is as before', async () => {
  const { folder, start } = await open()
  const service = await start()
  await service.ready
  onTestFinished(async () => void (await service.kill('SIGTERM')))
  const post = (id: string) => fetch(`${service.url}/segment`, { method: 'POST', body: call(id) })
  const ready = async () => {
    const response = await fetch(`${service.url}/readyz`)
    const { ready: is, why } = await response.json()
    return [response.status, is, why]
  }
  expect((await post('before')).status).toBe(200)
  expect(await ready()).toEqual([200, true, undefined])
  // Somebody else holds the file for longer than is waited for: to the log it is a disk that refuses.
  const rival = new DatabaseSync(join(folder, 'log.db'))
  rival.exec('begin immediate')
  const refused = await post('during')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect((await refused.json()).error.code).toBe('not_stored')
  expect(await ready()).toEqual([503, false, 'disk'])
  rival.exec('rollback')
  rival.close()
  expect((await post('during')).status).toBe(200)
  expect(await ready()).toEqual([200, true, undefined])
})

test.each(['log.db', 'store.db'])(
  'a %s that is no database is not overwritten: it says which file, and does not start',
  async file => {
    const { folder, start } = await open()
    const nonsense = 'this is no database at all, however long one reads in it'.repeat(100)
    writeFileSync(join(folder, file), nonsense)
    const service = await start()
    await expect(service.ready).rejects.toThrow(/not a database/)
    expect(await service.ended).toBe('exit code 1')
  },
)
