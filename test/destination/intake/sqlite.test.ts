import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { openSqliteLog, type SqliteLog, type SqliteLogOptions } from '../../../src/destination/intake/sqlite.ts'
import { openThreadedSqliteLog } from '../../../src/destination/intake/sqlite-threaded.ts'
import { bodies, entry, logContract } from '../../contracts/log.ts'

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'inkling-log-'))
}

logContract('SQLite', () => {
  const at = folder()
  return { open: () => openSqliteLog(join(at, 'log.sqlite')), remove: () => rmSync(at, { recursive: true }) }
})

logContract('SQLite in a thread of its own', () => {
  const at = folder()
  const open = () => openThreadedSqliteLog(join(at, 'log.sqlite'), () => undefined)
  return { open, remove: () => rmSync(at, { recursive: true }) }
})

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

function path(): string {
  const at = folder()
  cleanups.push(() => rmSync(at, { recursive: true }))
  return join(at, 'log.sqlite')
}

function opened(at: string, options?: SqliteLogOptions): SqliteLog {
  const log = openSqliteLog(at, options)
  cleanups.push(() => log.close())
  return log
}

function beside(at: string): DatabaseSync {
  const database = new DatabaseSync(at)
  cleanups.push(() => database.isOpen && database.close())
  return database
}

test('requests that arrive together are committed together', async () => {
  const at = path()
  const log = opened(at)
  const reader = beside(at)
  const count = () => reader.prepare('select count(*) as n from request').get()?.n
  const seen: unknown[] = []
  await Promise.all(Array.from({ length: 50 }, () => log.append(entry('x'), []).then(() => seen.push(count()))))
  expect(new Set(seen)).toEqual(new Set([50]))
})

test('a file has a write-ahead log', () => {
  const at = path()
  opened(at)
  expect(beside(at).prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
})

test('refused messages are kept beside their request and read back, newest request first', async () => {
  const log = opened(path())
  await log.append({ ...entry('a'), receivedAt: 1 }, [{ index: 2, messageId: 'm-1', reason: 'event: found nothing' }])
  await log.append({ ...entry('b'), receivedAt: 2 }, [
    { index: 0, reason: 'message: found null' },
    { index: 1, reason: 'message: found a number' },
  ])
  expect(await log.quarantine(10)).toEqual([
    { position: 2, receivedAt: 2, index: 0, reason: 'message: found null' },
    { position: 2, receivedAt: 2, index: 1, reason: 'message: found a number' },
    { position: 1, receivedAt: 1, index: 2, messageId: 'm-1', reason: 'event: found nothing' },
  ])
  expect(await log.quarantine(1)).toHaveLength(1)
})

test('a full disk refuses a whole group, keeps nothing of it, and takes appends again once there is space', async () => {
  const at = path()
  const log = opened(at, { maxBytes: 200_000 })
  await log.append(entry('kept'), [])
  const large = { ...entry(''), body: Buffer.alloc(400_000) }
  const group = await Promise.allSettled([
    log.append(entry('small'), [{ index: 0, reason: 'type: found nothing' }]),
    log.append(large, []),
  ])
  expect(group.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(group[0]).toMatchObject({
    reason: { name: 'LogError', code: 'write_refused', message: /database or disk is full/ },
  })
  expect(log.head()).toBe(1)
  expect(await log.quarantine(10)).toEqual([])
  expect(await log.append(entry('after'), [])).toBe(2)
  expect(bodies(await log.read(0, 10))).toEqual(['kept', 'after'])
})

test('appends that filled the file succeed again after older requests are removed', async () => {
  const at = path()
  const log = opened(at, { maxBytes: 200_000 })
  const page = { ...entry(''), body: Buffer.alloc(60_000) }
  await log.append(page, [])
  await log.append(page, [])
  await expect(log.append({ ...page, body: Buffer.alloc(90_000) }, [])).rejects.toThrow('full')
  const other = beside(at)
  other.exec('delete from request where position = 1')
  other.close()
  expect(await log.append(page, [])).toBe(3)
})

test('a file locked by another program refuses appends and takes them once it is free', {
  timeout: 20_000,
}, async () => {
  const at = path()
  const log = opened(at)
  const other = beside(at)
  other.exec('begin immediate')
  await expect(log.append(entry('a'), [])).rejects.toThrow('locked')
  other.exec('rollback')
  expect(await log.append(entry('b'), [])).toBe(1)
})

test('a second writer on the same file is refused instead of interleaving', async () => {
  const at = path()
  const log = opened(at)
  const other = beside(at)
  other.exec("insert into request values (1, 'track', 0, x'00')")
  await expect(log.append(entry('a'), [])).rejects.toThrow('UNIQUE')
  other.exec('delete from request')
  expect(await log.append(entry('b'), [])).toBe(1)
})

test('one read answers with fewer entries than asked for rather than with unbounded memory', async () => {
  const log = opened(path())
  const large = { ...entry(''), body: Buffer.alloc(400 * 1024) }
  for (let written = 0; written < 3; written++) await log.append(large, [])
  const first = await log.read(0, 100)
  expect(first.map(({ position }) => position)).toEqual([1, 2])
  expect((await log.read(2, 100)).map(({ position }) => position)).toEqual([3])
})

test('a file of a newer version is refused with what to do', () => {
  const at = path()
  const other = beside(at)
  other.exec('pragma user_version = 7')
  other.close()
  expect(() => openSqliteLog(at)).toThrow(
    expect.objectContaining({ code: 'newer_schema', message: expect.stringMatching(/schema 7.*up to 1.*DATA_DIR/s) }),
  )
})

test('a file that is no database, and a folder that does not exist, are refused', () => {
  const at = path()
  writeFileSync(at, 'not a database, but long enough to be looked at as one: '.repeat(50))
  expect(() => openSqliteLog(at)).toThrow(expect.objectContaining({ code: 'unusable' }))
  expect(() => openSqliteLog(join(at, 'missing', 'log.sqlite'))).toThrow(expect.objectContaining({ code: 'unusable' }))
})
