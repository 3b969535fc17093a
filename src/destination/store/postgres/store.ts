/** The store of several processes: what they share in Postgres, and one partition of the topic at a time. */
import { createHmac } from 'node:crypto'
import type { Store } from '../store.ts'
import { createDeadLetters } from './dead-letters.ts'
import { createErasures, hashing } from './erasure.ts'
import { createOutbox } from './outbox.ts'
import { openPartition, type PartitionStore } from './partition.ts'
import { connectTo, type Database, openDatabase } from './pool.ts'
import { createQuarantine, type QuarantineStore } from './quarantine.ts'
import { createReadings } from './readings.ts'
import { createReads } from './reads.ts'
import { startReplica } from './replica.ts'
import { createRetention } from './retention.ts'
import { metaIn, migrate, setMeta } from './schema.ts'

/** Everything but what one partition is asked for. */
export type SharedStore = Omit<Store, keyof PartitionStore>

export interface PostgresStore extends SharedStore, QuarantineStore {
  /** Opens a partition, from where it was taken in. */
  partition(number: number): Promise<PartitionStore>
  /** Processes that are alive, this one included. */
  replicas(): number
}

/** @throws StoreError when Postgres cannot be used, or a newer version wrote the database. */
export async function openPostgresStore(url: string): Promise<PostgresStore> {
  const database = openDatabase(url)
  try {
    return await openStore(database)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openStore(database: Database): Promise<PostgresStore> {
  await connectTo(database)
  await migrate(database)
  const salt = (await metaIn(database, 'salt')) ?? ''
  const hash = hashing(salt)
  const seed = createHmac('sha256', salt).update('seed').digest('hex').slice(0, 16)
  const replica = await startReplica(database)
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
    replicas: replica.count,
    close: async () => {
      await replica.stop()
      await database.close()
    },
  }
}
