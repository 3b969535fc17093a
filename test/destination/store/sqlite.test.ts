import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'
import { storeContract } from '../../contracts/store.ts'

storeContract('sqlite', () => openSqliteStore(':memory:'))

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-store-'))
  folders.push(folder)
  return join(folder, 'store.db')
}

test('a file written by a newer version is refused, saying what to do', () => {
  const path = file()
  openSqliteStore(path).close()
  const db = new DatabaseSync(path)
  db.exec('pragma user_version = 99')
  db.close()
  expect(() => openSqliteStore(path)).toThrow(/newer Inkling.*DATA_DIR/)
})

test('what was leased when a process ended is leased again by the next', async () => {
  const path = file()
  const commit = { now: 1, profiles: [], merges: [], identities: [], seen: [], facts: [], releases: [], deliveries: [] }
  const first = openSqliteStore(path)
  const { initialState } = await import('../../../src/destination/engine/profile.ts')
  const delivery = {
    id: 'e',
    profileId: 'p',
    connector: 'c',
    kind: 'event' as const,
    name: 'A',
    properties: {},
    traits: {},
    time: 1,
    held: false,
  }
  await first.commit({ ...commit, profiles: [{ id: 'p', state: initialState }], deliveries: [delivery] })
  expect(await first.lease('c', 1, 1)).toHaveLength(1)
  first.close()
  const second = openSqliteStore(path)
  expect(await second.lease('c', 1, 1)).toHaveLength(1)
  second.close()
})
