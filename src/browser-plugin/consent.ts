import type { EventContext } from './analytics.ts'

/**
 * What the consent stamped on an event says of measuring: all the named categories must be granted.
 *
 * @returns undefined when it says nothing: no categories are named, or nothing is stamped.
 */
export function consentIn(context: EventContext | undefined, categories: readonly string[] = []): boolean | undefined {
  const preferences = context?.consent?.categoryPreferences
  return preferences && categories.length > 0 ? categories.every(category => preferences[category] === true) : undefined
}
