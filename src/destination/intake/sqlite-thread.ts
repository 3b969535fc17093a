/** The inside of the log's thread. */
import { serveThread } from '../thread.ts'
import { openSqliteLog } from './sqlite.ts'

serveThread(({ path }: { readonly path: string }) => {
  const log = openSqliteLog(path)
  return { served: { ...log }, opened: log.head() }
})
