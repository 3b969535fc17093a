/** Finds and loads `inkling.config.ts`. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Policy } from '../engine/policy.ts'
import { parsePolicy } from '../parse-policy.ts'

export type LoadedConfig =
  /** `file` is undefined when there is none and the defaults hold. */
  | {
      readonly kind: 'ok'
      readonly policy: Policy
      readonly file: string | undefined
      /** What the file exports, as it stands there. */
      readonly config: unknown
    }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

const NAMES = ['inkling.config.ts', 'inkling.config.js', 'inkling.config.mjs']

/** @param named - the file given on the command line; without one, the first of the usual names in `folder`. */
export async function loadConfig(folder: string, named: string | undefined): Promise<LoadedConfig> {
  const file = named === undefined ? NAMES.map(name => resolve(folder, name)).find(existsSync) : resolve(folder, named)
  if (file === undefined) return withFile({}, undefined)
  if (!existsSync(file)) return { kind: 'invalid', problems: [`${named}: there is no such file`] }
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(file).href)
    if (module.default === undefined) {
      return {
        kind: 'invalid',
        problems: [`${file}: it exports no default; expected export default defineConfig({ … })`],
      }
    }
    return withFile(module.default, file)
  } catch (error) {
    return {
      kind: 'invalid',
      problems: [`${file}: it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`],
    }
  }
}

function withFile(config: unknown, file: string | undefined): LoadedConfig {
  const parsed = parsePolicy(config)
  return parsed.kind === 'ok' ? { ...parsed, file, config } : parsed
}
