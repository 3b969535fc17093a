/** Which events the account has defined, and under which full name: asked once, and again when something seems amiss. */
import type { Reply } from '../request.ts'
import { definitionsIn } from './answer.ts'
import type { Account } from './sdk.ts'

export type Found =
  | { readonly kind: 'defined'; readonly eventName: string }
  | { readonly kind: 'undefined' }
  /** The account has no custom events, or the token may not read them. */
  | { readonly kind: 'unavailable' }
  /** No answer to rely on. */
  | { readonly kind: 'failed'; readonly reply: Reply }

export type Definitions =
  | { readonly kind: 'known'; readonly names: ReadonlyMap<string, string> }
  | Exclude<Found, { readonly kind: 'defined' | 'undefined' }>

/** A definition that is missing may be made at any time; an account does not become another one so soon. */
const LOOK_AGAIN_MS = { missing: 60_000, unavailable: 600_000 } as const
/** An account has at most 500 definitions, and a page 100. */
const MAX_PAGES = 10

export interface DefinitionLookup {
  /** @param name - without the account's number before it. */
  find(name: string): Promise<Found>
}

/** @param now - epoch ms. */
export function createDefinitionLookup(account: Account, now: () => number): DefinitionLookup {
  let latest: { readonly at: number; readonly definitions: Promise<Definitions> } | undefined

  function read(): Promise<Definitions> {
    const reading = { at: now(), definitions: readDefinitions(account) }
    latest = reading
    return reading.definitions
  }

  return {
    async find(name) {
      const { at, definitions } = latest ?? { at: now(), definitions: read() }
      const known = await definitions
      const age = now() - at
      const isStale =
        known.kind === 'failed' ||
        (known.kind === 'unavailable' && age >= LOOK_AGAIN_MS.unavailable) ||
        (known.kind === 'known' && !known.names.has(name) && age >= LOOK_AGAIN_MS.missing)
      // Those who wait for one answer share it; who comes later than a failed one asks anew.
      if (isStale && latest?.definitions === definitions) {
        latest = undefined
        if (known.kind !== 'failed') return toFound(await read(), name)
      }
      return toFound(known, name)
    },
  }
}

/** @returns every definition of the account, page by page. */
export async function readDefinitions(account: Account): Promise<Definitions> {
  const names = new Map<string, string>()
  let after: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const from = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
    const reply = await account.request('GET', `/events/v3/event-definitions?limit=100&includeProperties=false${from}`)
    if (reply.kind === 'unanswered' || reply.body.kind !== 'json') return { kind: 'failed', reply }
    if (reply.status === 403) return { kind: 'unavailable' }
    if (reply.status !== 200) return { kind: 'failed', reply }
    const { names: read, after: next } = definitionsIn(reply.body.value)
    for (const [name, full] of read) names.set(name, full)
    if (next === undefined) break
    after = next
  }
  return { kind: 'known', names }
}

function toFound(definitions: Definitions, name: string): Found {
  if (definitions.kind !== 'known') return definitions
  const eventName = definitions.names.get(name)
  return eventName === undefined ? { kind: 'undefined' } : { kind: 'defined', eventName }
}
