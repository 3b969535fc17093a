/** Waits until nothing is left to do, and reads what the service has kept. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createSeenIds } from '../../src/destination/store/seen-ids.ts'
import { seedOf } from '../../src/destination/store/sqlite-erasure.ts'
import { pause } from './sender.ts'

export interface Settled {
  /** Whatever was still to be done when the wait was given up; empty when all was done. */
  readonly left: readonly string[]
  /** Whether a message was taken in. */
  readonly seen: { has(messageId: string): boolean }
  /** Deliveries the service gave up. */
  readonly dead: readonly string[]
}

export interface SettlingOptions {
  /** Of every process. */
  readonly urls: readonly string[]
  readonly store: KeptStore
  readonly withinMs: number
}

/** What only the store shows. */
export interface KeptStore {
  /** Timers and whatever else is still to come. */
  left(): Promise<readonly string[]>
  kept(): Promise<Pick<Settled, 'seen' | 'dead'>>
}

const LOOK_MS = 50

/** Polls what can be seen from outside, and the timers. */
export async function whenSettled({ urls, store, withinMs }: SettlingOptions): Promise<Settled> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const left = [...(await Promise.all(urls.map(workLeft))).flat(), ...(await store.left())]
    if (left.length === 0 || Date.now() > deadline) return { left, ...(await store.kept()) }
    await pause(LOOK_MS)
  }
}

/** @param dataDir - of one process. */
export function embeddedStore(dataDir: string): KeptStore {
  const store = join(dataDir, 'store.db')
  return { left: async () => timersLeft(store), kept: async () => kept(store) }
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
  return reading(store, db => {
    // A row is whole once nothing of it is in the journal alone.
    const unwritten = Number(db.prepare('select count(*) as n from journal').get()?.['n'])
    if (unwritten > 0) return [`${unwritten} commits in the journal`]
    return db
      .prepare('select state from profile')
      .all()
      .flatMap(row => timersIn(String(row['state'])))
  })
}

function kept(store: string): Pick<Settled, 'seen' | 'dead'> {
  return reading(store, db => ({
    seen: seenIn(db),
    dead: db
      .prepare("select name, reason from outbox where status = 'dead'")
      .all()
      .map(row => JSON.stringify(row)),
  }))
}

/** Of each id that was taken in, the store has a hash. */
function seenIn(db: DatabaseSync): Settled['seen'] {
  const seen = createSeenIds(seedOf(db))
  for (const { hashes } of db.prepare('select hashes from seen_ids').all())
    seen.addAll(hashes instanceof Uint8Array ? hashes : new Uint8Array())
  return seen
}

/** @param state - JSON. */
export function timersIn(state: string): readonly string[] {
  const { timers }: { timers: readonly { readonly key: string }[] } = JSON.parse(state)
  return timers
    .filter(({ key }) => key === 'cart' || key === 'sequence')
    .map(timer => `timer: ${JSON.stringify(timer)}`)
}

function reading<T>(store: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(store, { readOnly: true, timeout: 5_000 })
  try {
    return read(db)
  } finally {
    db.close()
  }
}
