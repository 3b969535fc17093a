import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { initialState } from '../../../src/destination/engine/profile.ts'
import { eventTime } from '../../../src/destination/engine/time.ts'
import { openSqliteLog, openSqliteLogToRead } from '../../../src/destination/intake/sqlite.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'
import { openSqliteReader } from '../../../src/destination/store/sqlite-reader.ts'
import type { Commit } from '../../../src/destination/store/store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inkling-reader-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const commitOf = (id: string, at: number): Commit => ({
  ...{ now: at, merges: [], seen: [], deliveries: [], releases: [] },
  profiles: [{ id, state: { ...initialState, known: { anonymousIds: [], userId: id }, lastSeen: eventTime(at) } }],
  identities: [{ key: `u:${id}`, profileId: id }],
  facts: [{ profileId: id, fact: { kind: 'merged', id: `${id}:${at}`, at: eventTime(at), why: 'joined' } }],
})

test('the store is read beside the service that writes it, and what was committed meanwhile is seen', async () => {
  const path = join(folder, 'store.db')
  const store = openSqliteStore(path)
  await store.commit(commitOf('ada', 10))
  const reader = openSqliteReader(path)
  expect((await reader.person('ada'))?.id).toBe('ada')
  await store.commit(commitOf('bob', 20))
  expect((await reader.person('bob'))?.id).toBe('bob')
  expect([...reader.factsBetween(10, 20)].map(({ profileId }) => profileId)).toEqual(['ada'])
  expect([...reader.factsBetween(0, 100)]).toHaveLength(2)
  reader.close()
  store.close()
})

test('reading changes no byte of store and log', async () => {
  const [storePath, logPath] = [join(folder, 'store.db'), join(folder, 'log.db')]
  const store = openSqliteStore(storePath)
  await store.commit(commitOf('ada', 10))
  store.close()
  const log = openSqliteLog(logPath)
  await log.append({ call: 'webhook', receivedAt: 10, body: Buffer.from('[]') }, [])
  await log.close()
  const before = [storePath, logPath].map(path => readFileSync(path))
  const [reader, logReader] = [openSqliteReader(storePath), openSqliteLogToRead(logPath)]
  expect(await reader.people(10)).toHaveLength(1)
  expect(await logReader.read(0, 10)).toMatchObject([{ position: 1, call: 'webhook', receivedAt: 10 }])
  expect(logReader.head()).toBe(1)
  reader.close()
  logReader.close()
  expect([storePath, logPath].map(path => readFileSync(path))).toEqual(before)
})

test('a store that is missing, broken, or of another version is refused in words, and none is made', () => {
  const path = join(folder, 'store.db')
  expect(() => openSqliteReader(path)).toThrow(`the store at ${path} cannot be read`)
  expect(() => readFileSync(path)).toThrow('ENOENT')
  writeFileSync(path, 'this is no database'.repeat(100))
  expect(() => openSqliteReader(path)).toThrow('file is not a database')
  rmSync(path)
  openSqliteStore(path).close()
  const setVersion = (version: number) => {
    const db = new DatabaseSync(path)
    db.exec(`pragma user_version = ${version}`)
    db.close()
  }
  setVersion(999)
  expect(() => openSqliteReader(path)).toThrow('written by a newer Inkling')
  setVersion(0)
  expect(() => openSqliteReader(path)).toThrow('Start "inkling serve" once, which upgrades it')
})

test('a log that is missing or of a newer version is refused in words', async () => {
  const path = join(folder, 'log.db')
  expect(() => openSqliteLogToRead(path)).toThrow(`the log at ${path} cannot be read`)
  await openSqliteLog(path).close()
  const db = new DatabaseSync(path)
  db.exec('pragma user_version = 999')
  db.close()
  expect(() => openSqliteLogToRead(path)).toThrow('schema 999')
})
