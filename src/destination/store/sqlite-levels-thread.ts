/** The inside of a thread that counts: where a million deliveries wait, that takes seconds, and nobody is to stand still for it. */
import { DatabaseSync } from 'node:sqlite'
import { serveThread } from '../thread.ts'
import { prepareReads } from './sqlite-reads.ts'

serveThread(({ path }: { readonly path: string }) => {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  const { outboxLevels } = prepareReads(db)
  return { served: { outboxLevels, close: () => db.close() }, opened: undefined }
})
