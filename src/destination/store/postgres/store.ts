/** The store of several processes: what they share in Postgres, and one partition of the topic at a time. */
import { createHmac } from 'node:crypto'
import type { IdentityKey } from '../../engine/identity.ts'
import { toProfile } from '../rows.ts'
import type { DecidingStore, SharedStore, StoredProfile } from '../store.ts'
import { createDeadLetters } from './dead-letters.ts'
import { createErasures, hashing } from './erasure.ts'
import { createOutbox } from './outbox.ts'
import { openPartition } from './partition.ts'
import { connectTo, type Database, openDatabase, storable } from './pool.ts'
import { createQuarantine, type QuarantineStore } from './quarantine.ts'
import { createReadings } from './readings.ts'
import { createReads } from './reads.ts'
import { startReplica } from './replica.ts'
import { createRetention } from './retention.ts'
import { metaIn, migrate, setMeta } from './schema.ts'

export interface PostgresStore extends SharedStore, QuarantineStore {
  /** Opens a partition, from where it was taken in. */
  partition(number: number): Promise<DecidingStore>
  /** Whom a key means. */
  owners(keys: readonly IdentityKey[]): Promise<ReadonlyMap<IdentityKey, StoredProfile>>
  /** Bytes on disk. */
  size(): Promise<number>
  /** Processes that are alive, this one included. */
  replicas(): number
  /** @returns whether what is leased from now on is still this process's own. */
  grip(): () => boolean
}

/**
 * @param now - epoch ms.
 * @throws StoreError when Postgres cannot be used, or a newer version wrote the database.
 */
export async function openPostgresStore(url: string, now: () => number): Promise<PostgresStore> {
  const database = openDatabase(url)
  try {
    return await openStore(database, now)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openStore(database: Database, now: () => number): Promise<PostgresStore> {
  await connectTo(database)
  await migrate(database)
  const salt = (await metaIn(database, 'salt')) ?? ''
  const hash = hashing(salt)
  const seed = createHmac('sha256', salt).update('seed').digest('hex').slice(0, 16)
  const replica = await startReplica(database, now)
  const bookmarkOf = (name: string) => `bookmark ${name}`
  return {
    ...createReads(database, hash),
    ...createOutbox(database, replica),
    ...createReadings(database),
    ...createErasures(database, hash),
    ...createDeadLetters(database),
    ...createRetention(database),
    ...createQuarantine(database),
    bookmark: async name => {
      const value = await metaIn(database, bookmarkOf(name))
      return value === undefined ? undefined : Number(value)
    },
    keepBookmark: (name, value) => setMeta(database, bookmarkOf(name), String(value)),
    partition: number => openPartition(database, { partition: number, seed, hash }),
    owners: async keys => {
      const { rows } = await database.query(
        'select i.key, p.id, p.state from inkling.identity i join inkling.profile p on p.id = i.profile_id where i.key = any($1)',
        [keys],
      )
      const found = new Map(rows.map(row => [String(row['key']), toProfile(row)]))
      return new Map(
        keys.flatMap(key => {
          const profile = found.get(storable(key))
          return profile === undefined ? [] : [[key, profile] as const]
        }),
      )
    },
    size: async () => {
      const { rows } = await database.query(
        `select coalesce(sum(pg_total_relation_size(c.oid)), 0) as bytes
         from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'inkling' and c.relkind = 'r'`,
      )
      return Number(rows[0]?.['bytes'])
    },
    replicas: replica.count,
    grip: replica.grip,
    close: async () => {
      await replica.stop()
      await database.close()
    },
  }
}
