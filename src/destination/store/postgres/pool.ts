/** Postgres as the store sees it: statements with values, one at a time or together in a transaction. */
import { Pool, types } from 'pg'
import type { Row } from '../rows.ts'
import { StoreError } from '../store-error.ts'

export interface Session {
  /** @returns the rows, and how many were read or written. */
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Row[]; readonly count: number }>
}

export interface Database extends Session {
  /** Runs `work` in one transaction: all of it is durable when this settles, or none of it and the error is thrown. */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** Connections of one process: each loop has at most one in use. */
const MOST_CONNECTIONS = 16
/** Whoever waits longer for a connection finds out that there is none, and tries again. */
const CONNECT_WITHIN_MS = 10_000
/** Nothing that is asked takes as long: a statement that does is ended, and its work done again. */
const STATEMENT_WITHIN_MS = 60_000

// Epoch ms and positions are far below 2 ** 53.
const parsers = { getTypeParser: typeParser }
function typeParser(oid: number, format?: 'text' | 'binary') {
  return oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)
}

/**
 * Opens a pool of connections. Nothing is connected before it is used.
 *
 * @param url - `postgres://user:password@host:port/database`; what it does not say comes from the environment's `PG…`.
 */
export function openDatabase(url: string): Database {
  const pool = new Pool({
    connectionString: url,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    statement_timeout: STATEMENT_WITHIN_MS,
    application_name: 'inkling',
    types: parsers,
  })
  // A connection that breaks while nobody uses it is replaced by the next one that is asked for.
  pool.on('error', () => undefined)
  return {
    query: async (text, values) => result(await pool.query(text, sendable(values))),
    transaction: async work => {
      const client = await pool.connect()
      let broken: Error | undefined
      const lost = (error: Error) => {
        broken = error
      }
      client.on('error', lost)
      try {
        await client.query('begin')
        const done = await work({ query: async (text, values) => result(await client.query(text, sendable(values))) })
        await client.query('commit')
        return done
      } catch (error) {
        await client.query('rollback').catch(lost)
        throw error
      } finally {
        client.off('error', lost)
        client.release(broken)
      }
    },
    close: () => pool.end(),
  }
}

/** @throws StoreError when nobody answers, or the password is wrong. */
export async function connectTo(database: Database): Promise<void> {
  try {
    await database.query('select 1')
  } catch (cause) {
    const why = cause instanceof Error && cause.message !== '' ? cause.message : String(cause)
    throw new StoreError('unreadable', `DATABASE_URL: Postgres cannot be used: ${why}`, { cause })
  }
}

function result({ rows, rowCount }: { rows: readonly Row[]; rowCount: number | null }) {
  return { rows, count: rowCount ?? 0 }
}

function sendable(values: readonly unknown[] = []): unknown[] {
  return values.map(value => (Array.isArray(value) ? value.map(storable) : storable(value)))
}

/**
 * Postgres keeps neither a NUL nor half of a surrogate pair in a text. Whoever put one into an id is found by it all the same,
 * for what is looked for is changed alike.
 */
export function storable<Value>(value: Value): Value | string {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value
}

/** @returns rows as one value, to be taken apart by `json_to_recordset`. */
export function asJson(rows: readonly Row[]): string {
  return JSON.stringify(rows, (_, value: unknown) => storable(value))
}
