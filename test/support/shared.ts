/** The reference material that lies beside the checkout. Tests that read it skip where it is absent. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url))

export const hasShared: boolean = existsSync(shared)

/** Ends a skipped test's name. */
export const NEEDS_SHARED: string = hasShared ? '' : ' (skipped: no ../shared beside this checkout)'

export function sharedJson(path: string): unknown {
  return JSON.parse(readFileSync(shared + path, 'utf8'))
}
