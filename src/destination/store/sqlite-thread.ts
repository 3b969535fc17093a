/** The inside of the store's thread. */
import { serveThread } from '../thread.ts'
import { openFile } from './sqlite.ts'
import { openWriter } from './sqlite-writer.ts'

serveThread(({ path }: { readonly path: string }) => ({ served: { ...openWriter(openFile(path)) }, opened: undefined }))
