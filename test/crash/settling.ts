/** Waits until nothing is left to do, and reads what the service has kept. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pause } from './sender.ts'

export interface Settled {
  /** Whatever was still to be done when the wait was given up; empty when all was done. */
  readonly left: readonly string[]
  /** Ids of all messages taken in. */
  readonly seen: ReadonlySet<string>
  /** Deliveries the service gave up. */
  readonly dead: readonly string[]
}

export interface SettlingOptions {
  readonly url: string
  readonly dataDir: string
}

/** Some deliveries need several tries, and the waits between them grow. */
const SETTLE_WITHIN_MS = 60_000
const LOOK_MS = 50

/** Polls what can be seen from outside, and the timers, which only the store shows. */
export async function whenSettled({ url, dataDir }: SettlingOptions): Promise<Settled> {
  const deadline = Date.now() + SETTLE_WITHIN_MS
  const store = join(dataDir, 'store.db')
  for (;;) {
    const left = [...(await workLeft(url)), ...timersLeft(store)]
    if (left.length === 0 || Date.now() > deadline) return { left, ...kept(store) }
    await pause(LOOK_MS)
  }
}

interface Pending {
  readonly id: string
  readonly attempts: number
  readonly reason?: string
}

async function workLeft(url: string): Promise<readonly string[]> {
  try {
    const { backlog }: { backlog: number } = await (await fetch(`${url}/readyz`)).json()
    const pending = await fetch(`${url}/api/deliveries?status=pending`)
    const { deliveries }: { deliveries: readonly Pending[] } = await pending.json()
    const behind = backlog > 0 ? [`${backlog} log entries not taken in`] : []
    return [
      ...behind,
      ...deliveries.map(({ id, attempts, reason = 'no answer yet' }) => `${id} after ${attempts} tries: ${reason}`),
    ]
  } catch (error) {
    return [`the service does not answer: ${error instanceof Error ? error.message : String(error)}`]
  }
}

function timersLeft(store: string): readonly string[] {
  if (!existsSync(store)) return ['there is no store yet']
  return reading(store, db =>
    db
      .prepare("select profile_id, due from timer where key in ('cart', 'sequence')")
      .all()
      .map(row => `timer: ${JSON.stringify(row)}`),
  )
}

function kept(store: string): Pick<Settled, 'seen' | 'dead'> {
  return reading(store, db => ({
    seen: new Set(
      db
        .prepare('select message_id from seen')
        .all()
        .map(row => String(row['message_id'])),
    ),
    dead: db
      .prepare("select name, reason from outbox where status = 'dead'")
      .all()
      .map(row => JSON.stringify(row)),
  }))
}

function reading<T>(store: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(store, { readOnly: true, timeout: 5_000 })
  try {
    return read(db)
  } finally {
    db.close()
  }
}
