/** The settings of the default policy, as a configuration and the documents name them. */
import { defaultPolicy } from '../../src/destination/engine/policy.ts'

/** Every single setting by its path. Page types and events have tables of their own. */
const { pages: _pages, ...settings } = defaultPolicy
export const SETTINGS: readonly string[] = leavesOf({
  ...settings,
  weights: { ...settings.weights, events: 'a table' },
})

function leavesOf(value: object, path: readonly string[] = []): readonly string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? leavesOf(inner, [...path, name])
      : [[...path, name].join('.')],
  )
}

/** A configuration that sets one of them. */
export function configWith(path: string, value: unknown): unknown {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
}
