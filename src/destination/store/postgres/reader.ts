/** The database of several processes, opened to be read only. */
import type { SharedStore } from '../store.ts'
import { hashing } from './erasure.ts'
import { connectTo, openDatabase } from './pool.ts'
import { createReads } from './reads.ts'
import { metaIn, requireSchema } from './schema.ts'

export interface PostgresReader extends Pick<SharedStore, 'person' | 'facts' | 'deliveries'> {
  /** @returns the user ids and anonymous ids that mean a profile. */
  keysOf(profileId: string): Promise<readonly string[]>
  close(): Promise<void>
}

/** @throws StoreError when it cannot be used, or another version wrote it. */
export async function openPostgresReader(url: string): Promise<PostgresReader> {
  const database = openDatabase(url)
  try {
    await connectTo(database)
    await requireSchema(database)
    const { person, facts, deliveries } = createReads(database, hashing((await metaIn(database, 'salt')) ?? ''))
    return {
      ...{ person, facts, deliveries, close: database.close },
      keysOf: async profileId => {
        const { rows } = await database.query(
          "select key from inkling.identity where profile_id = $1 and key not like 'h:%'",
          [profileId],
        )
        return rows.map(({ key }) => String(key).slice(2))
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
