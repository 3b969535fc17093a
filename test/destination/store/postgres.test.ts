import { afterEach } from 'vitest'
import { openPostgresStore } from '../../../src/destination/store/postgres/store.ts'
import type { Store } from '../../../src/destination/store/store.ts'
import { storeContract } from '../../contracts/store.ts'
import { createTestDatabase, describeWithServers, type TestDatabase } from '../../support/servers.ts'

const databases: TestDatabase[] = []
afterEach(async () => {
  for (const database of databases.splice(0)) await database.remove()
})

async function freshUrl(): Promise<string> {
  const database = await createTestDatabase()
  databases.push(database)
  return database.url
}

/** The whole store as one process sees it that reads the only partition. */
async function openWhole(url: string): Promise<Store> {
  const store = await openPostgresStore(url, Date.now)
  return { ...store, ...(await store.partition(0)) }
}

describeWithServers('the store of several processes', () => {
  storeContract('postgres', async () => openWhole(await freshUrl()))
})
