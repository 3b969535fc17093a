/** The reference material that lies beside the checkout. Tests that read it skip where it is absent. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url))

export const hasShared: boolean = existsSync(shared)

/** Ends a skipped test's name. */
export const NEEDS_SHARED: string = hasShared ? '' : ' (skipped: no ../shared beside this checkout)'

export function sharedJson(path: string): unknown {
  return JSON.parse(readFileSync(shared + path, 'utf8'))
}

/** @returns what each line holds, of a file that may be gzipped. */
export function sharedLines<T>(path: string): readonly T[] {
  const bytes = readFileSync(shared + path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}
