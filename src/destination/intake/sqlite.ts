/**
 * The log on one machine: a SQLite file. Requests that arrive within a few milliseconds are committed together, so that
 * waiting for the disk costs nearly nothing per request.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { CALLS, type Call, type Log, type LogEntry, type LoggedEntry, type LogReader, type Quarantined } from './log.ts'

/** A refused message, read back for an operator. */
export interface QuarantinedEntry extends Quarantined {
  /** The place of its request in the log. */
  readonly position: number
  /** Epoch ms. */
  readonly receivedAt: number
}

export interface SqliteLog extends Log {
  /** @returns up to `limit` refused messages, newest request first. */
  quarantine(limit: number): Promise<readonly QuarantinedEntry[]>
  /** Takes a message out of quarantine; its request stays in the log. */
  release(position: number, index: number): Promise<void>
  /**
   * Lets go of requests up to a position that came before a time, or of the oldest when the file has grown too large; never of
   * the newest. @returns how many went.
   */
  retain(asked: {
    readonly before: number
    readonly mostBytes: number
    readonly upTo: number
    readonly limit: number
  }): Promise<number>
  /** Puts another body in the place of the one that is there. Its messages must keep their places. */
  rewrite(position: number, body: Uint8Array): Promise<void>
  /** Nothing of what was rewritten or released before is in the file when it settles. */
  scrub(): Promise<void>
  /** @returns how many there are. */
  quarantined(): Promise<number>
}

export interface SqliteLogOptions {
  /** How long the first request of a group waits for others, ms; default 5. */
  readonly commitAfterMs?: number
  /** The file never grows beyond this; appends that would are refused. Default: the disk's own bound. */
  readonly maxBytes?: number
}

export const LOG_ERROR_CODES = ['unusable', 'newer_schema', 'write_refused', 'closed'] as const

/** The log cannot do what it promises. `cause` is SQLite's own error. */
export class LogError extends Error {
  override readonly name = 'LogError'
  readonly code: (typeof LOG_ERROR_CODES)[number]

  constructor(code: (typeof LOG_ERROR_CODES)[number], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const SCHEMA_VERSION = 1
/**
 * Positions are ours, not AUTOINCREMENT: one writer counts them in memory, and a second writer on the same file fails on
 * the key instead of interleaving. Whoever prunes the log leaves its newest row, or counting would start again at 1.
 */
const SCHEMA = `
  create table request (
    position integer primary key,
    call text not null,
    received_at integer not null,
    body blob not null
  ) strict;
  create table quarantine (
    position integer not null,
    message_index integer not null,
    message_id text,
    reason text not null,
    received_at integer not null,
    primary key (position, message_index)
  ) strict, without rowid;
  pragma user_version = ${SCHEMA_VERSION};
`
const SELECT_REQUESTS =
  'select position, call, received_at, body from request where position > ? order by position limit ?'
const SELECT_HEAD = 'select coalesce(max(position), 0) as head from request'
/**
 * One answer of `read` holds at most about this much, however many entries were asked for: some thousand messages, whose
 * commit holds requests up for a moment. Of the largest batches, an answer holds one.
 */
const READ_BYTES = 1024 * 1024

/** Given back to the disk at once; more would hold up whoever appends. */
const PAGES_AT_ONCE = 500

interface Waiting {
  readonly entry: LogEntry
  readonly quarantined: readonly Quarantined[]
  readonly done: (position: number) => void
  readonly fail: (error: unknown) => void
}

/**
 * Opens the log, creating the file when there is none.
 *
 * @param path - a file in an existing folder.
 * @throws LogError `newer_schema` when a newer version wrote the file, `unusable` when it cannot be opened or is no log.
 */
export function openSqliteLog(path: string, options: SqliteLogOptions = {}): SqliteLog {
  const database = openDatabase(path, options)
  const insertRequest = database.prepare('insert into request (position, call, received_at, body) values (?, ?, ?, ?)')
  const insertQuarantine = database.prepare(
    'insert into quarantine (position, message_index, message_id, reason, received_at) values (?, ?, ?, ?, ?)',
  )
  const selectRequests = database.prepare(SELECT_REQUESTS)
  const selectQuarantine = database.prepare(
    `select position, message_index, message_id, reason, received_at from quarantine
     order by position desc, message_index limit ?`,
  )
  const deleteQuarantine = database.prepare('delete from quarantine where position = ? and message_index = ?')
  const deleteRequests = database.prepare(
    `delete from request where position in (
      select position from request where position <= ? and received_at < ? order by position limit ?)`,
  )
  const deleteTheirs = database.prepare('delete from quarantine where position < (select min(position) from request)')
  const updateBody = database.prepare('update request set body = ? where position = ?')
  const countQuarantine = database.prepare('select count(*) as n from quarantine')
  let head = Number(database.prepare(SELECT_HEAD).get()?.head)
  let waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function write({ entry, quarantined }: Waiting, position: number): void {
    insertRequest.run(position, entry.call, entry.receivedAt, entry.body)
    for (const { index, messageId, reason } of quarantined) {
      insertQuarantine.run(position, index, messageId ?? null, reason, entry.receivedAt)
    }
  }

  function commit(): void {
    clearTimeout(timer)
    timer = undefined
    const group = waiting
    waiting = []
    if (group.length === 0) return
    try {
      database.exec('begin immediate')
      for (const [offset, one] of group.entries()) write(one, head + 1 + offset)
      database.exec('commit')
    } catch (cause) {
      // Some disk errors have rolled back already.
      if (database.isTransaction) database.exec('rollback')
      const error = new LogError('write_refused', `the log at ${path} could not be written: ${messageOf(cause)}`, {
        cause,
      })
      for (const { fail } of group) fail(error)
      return
    }
    const first = head + 1
    head += group.length
    for (const [offset, { done }] of group.entries()) done(first + offset)
  }

  return {
    append(entry, quarantined) {
      if (closed) return Promise.reject(new LogError('closed', 'the log is closed'))
      return new Promise((done, fail) => {
        waiting.push({ entry, quarantined, done, fail })
        timer ??= setTimeout(commit, options.commitAfterMs ?? 5)
      })
    },
    async read(position, limit) {
      return readWithin(selectRequests, { position, limit })
    },
    head: () => head,
    async release(position, index) {
      deleteQuarantine.run(position, index)
    },
    async retain({ before, mostBytes, upTo, limit }) {
      const isFull = bytesUsed(database) > mostBytes
      const last = Math.min(upTo, head - 1)
      const { changes } = deleteRequests.run(last, isFull ? Number.MAX_SAFE_INTEGER : before, limit)
      if (changes === 0) return 0
      deleteTheirs.run()
      // A little of what was freed is given back to the disk at once; the rest is used again.
      database.exec(`pragma incremental_vacuum(${PAGES_AT_ONCE})`)
      return Number(changes)
    },
    async rewrite(position, body) {
      updateBody.run(body, position)
    },
    async scrub() {
      database.exec('pragma incremental_vacuum')
      database.exec('pragma wal_checkpoint(truncate)')
    },
    async quarantined() {
      return Number(countQuarantine.get()?.n)
    },
    async quarantine(limit) {
      return selectQuarantine.all(limit).map(toQuarantined)
    },
    close() {
      if (closed) return
      closed = true
      commit()
      database.close()
    },
  }
}

/**
 * Opens an existing log without changing it, beside a running service or on a copy of its folder.
 *
 * @throws LogError `newer_schema`, or `unusable` when there is none or it cannot be read.
 */
export function openSqliteLogToRead(path: string): LogReader {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
    const version = Number(database.prepare('pragma user_version').get()?.user_version)
    if (version > SCHEMA_VERSION) throw newerSchema(path, version)
    const selectRequests = database.prepare(SELECT_REQUESTS)
    const selectHead = database.prepare(SELECT_HEAD)
    const opened = database
    return {
      read: async (position, limit) => readWithin(selectRequests, { position, limit }),
      head: () => Number(selectHead.get()?.head),
      close: () => opened.close(),
    }
  } catch (cause) {
    database?.close()
    if (cause instanceof LogError) throw cause
    throw new LogError('unusable', `the log at ${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
}

function openDatabase(path: string, options: SqliteLogOptions): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    // Waiting for another program's lock stands the whole process still: short, then the senders try again.
    database = new DatabaseSync(path, { timeout: 1_000 })
    // FULL, not NORMAL: with NORMAL a power cut loses requests that were acknowledged.
    // What is rewritten or taken out does not stay in the file; what is appended costs nothing more by it.
    database.exec('pragma auto_vacuum = incremental; pragma secure_delete = on')
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 1000')
    if (options.maxBytes !== undefined) limitPages(database, options.maxBytes)
    const version = Number(database.prepare('pragma user_version').get()?.user_version)
    if (version > SCHEMA_VERSION) throw newerSchema(path, version)
    if (version === 0) database.exec(`begin immediate; ${SCHEMA} commit`)
    return database
  } catch (cause) {
    database?.close()
    if (cause instanceof LogError) throw cause
    throw new LogError('unusable', `the log at ${path} cannot be opened: ${messageOf(cause)}`, { cause })
  }
}

/** Without the pages that are free to be used again. */
function bytesUsed(database: DatabaseSync): number {
  const pragma = (name: string) => Number(Object.values(database.prepare(`pragma ${name}`).get() ?? { none: 0 })[0])
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
}

function limitPages(database: DatabaseSync, maxBytes: number): void {
  const pageSize = Number(database.prepare('pragma page_size').get()?.page_size)
  database.exec(`pragma max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`)
}

function newerSchema(path: string, version: number): LogError {
  return new LogError(
    'newer_schema',
    `the log at ${path} has schema ${version}, this version knows up to ${SCHEMA_VERSION}: ` +
      'start the newer version again, or point DATA_DIR at another folder',
  )
}

/** At least one entry, however large; then no more than fit. */
function readWithin(select: StatementSync, from: { readonly position: number; readonly limit: number }): LoggedEntry[] {
  const entries: LoggedEntry[] = []
  let bytes = 0
  for (const row of select.iterate(from.position, from.limit)) {
    const entry = toLogged(row)
    bytes += entry.body.byteLength
    if (entries.length > 0 && bytes > READ_BYTES) break
    entries.push(entry)
  }
  return entries
}

type Row = Readonly<Record<string, unknown>>

function toLogged(row: Row): LoggedEntry {
  const body = row.body
  if (!(body instanceof Uint8Array)) throw new LogError('unusable', `log entry ${row.position} has no body`)
  return { position: Number(row.position), call: toCall(row.call), receivedAt: Number(row.received_at), body }
}

function toCall(found: unknown): Call {
  const call = CALLS.find(known => known === found)
  if (call === undefined)
    throw new LogError('unusable', `the log holds a call of unknown kind; known are ${CALLS.join(', ')}`)
  return call
}

function toQuarantined(row: Row): QuarantinedEntry {
  const place = {
    position: Number(row.position),
    receivedAt: Number(row.received_at),
    index: Number(row.message_index),
  }
  const reason = String(row.reason)
  return row.message_id === null ? { ...place, reason } : { ...place, messageId: String(row.message_id), reason }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
