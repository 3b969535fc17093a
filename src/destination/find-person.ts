/** Whom an operator means. */
import { type Environment, parseEnvironment } from './config.ts'
import { createHide, type Hide } from './parse/hide.ts'
import type { Store } from './store/store.ts'

/** @returns how to find somebody also by what their cookie says, where that is kept as a hash. */
export function findingHidden(store: Pick<Store, 'person'>, hide: Hide | undefined): Pick<Store, 'person'> {
  if (hide === undefined) return store
  return { person: async id => (await store.person(id)) ?? (await store.person(hide(id))) }
}

/** @returns how the service in this environment hides anonymous ids; undefined: it does not. */
export function hideFor(environment: Environment): Hide | undefined {
  const parsed = parseEnvironment(environment)
  const key = parsed.kind === 'ok' ? parsed.settings.anonymousIdKey : undefined
  return key === undefined ? undefined : createHide(key)
}
