/** What `inkling replay --compare` holds a candidate against. */
import { relative } from 'node:path'
import type { Policy } from '../engine/policy.ts'
import { invalid, type Refusable } from './backtest-input.ts'
import { type LoadedConfig, loadConfig } from './load-config.ts'
import type { Options } from './options.ts'

export type Rival =
  | { readonly kind: 'none' }
  | { readonly kind: 'policy'; readonly name: string; readonly policy: Policy }
  | { readonly kind: 'recorded' }

/** `--compare` may stand alone, which `parseArgs` does not know. */
export function namedCompare(args: readonly string[]): readonly string[] {
  return args.map((arg, index) => {
    const next = args[index + 1]
    return arg === '--compare' && (next === undefined || next.startsWith('--')) ? '--compare=' : arg
  })
}

export async function findRival({ compare, config, input }: Options, folder: string): Promise<Refusable<Rival>> {
  if (compare === undefined) return { kind: 'ok', value: { kind: 'none' } }
  if (compare === '' && input === undefined) return { kind: 'ok', value: { kind: 'recorded' } }
  if (compare === '' && config === undefined)
    return invalid('--compare: an exported stream says not what fired; name one configuration by --config or --compare')
  const loaded = await loadConfig(folder, compare === '' ? undefined : compare)
  if (loaded.kind === 'invalid') return invalid(loaded.problems.join('\n'))
  return { kind: 'ok', value: { kind: 'policy', name: nameOfConfig(loaded, folder), policy: loaded.policy } }
}

export function nameOfConfig({ file }: Extract<LoadedConfig, { kind: 'ok' }>, folder: string): string {
  return file === undefined ? 'the defaults' : relative(folder, file)
}
