/** Asks Klaviyo while a person watches: waits where it is told to, and says which scope is missing. */
import { isMembers, type Members, membersIn } from '../members.ts'
import { type Pause, patiently, realPause } from '../patience.ts'
import { outcomeOf, type Reply, type RequestDeps } from '../request.ts'
import type { SetupOptions } from '../setup.ts'
import { wordsOf } from './map.ts'
import { type Account, at, type Exchange, exchange, openAccount } from './sdk.ts'
import type { KlaviyoSettings } from './settings.ts'

/** A page has 200 metrics at most. */
const MAX_PAGES = 25

export interface Site {
  readonly account: Account
  readonly dryRun: boolean
  readonly address: string | undefined
  /** The test profile, in words. */
  readonly who: string
  /** Epoch ms. */
  readonly now: () => number
  readonly pause: Pause
}

export type Found<T> = { readonly kind: 'found'; readonly value: T } | { readonly kind: 'failed'; readonly why: string }

export interface Question<T> {
  /** What the key must be allowed. */
  readonly scope: string
  readonly call: Exchange['call']
  /** Default `json`. */
  readonly answers?: Exchange['answers']
  /** Finds what was asked for; undefined: the answer makes no sense. */
  readonly read: (body: unknown) => T | undefined
}

export async function openSite(settings: KlaviyoSettings, deps: SetupOptions & RequestDeps): Promise<Site> {
  const { dryRun, address } = deps
  return {
    account: await openAccount(settings, deps),
    dryRun,
    address,
    who: address === undefined ? 'external id inkling-setup' : 'the address you gave',
    now: deps.now ?? Date.now,
    pause: deps.pause ?? realPause,
  }
}

export async function asked<T>(site: Site, { scope, call, answers = 'json', read }: Question<T>): Promise<Found<T>> {
  const { account, pause } = site
  const reply = await patiently(() => exchange(account, { call, answers }), pause)
  const outcome = outcomeOf(reply, { words: wordsOf, secrets: [account.apiKey] })
  if (outcome.kind !== 'delivered') {
    const lacks = reply.kind === 'answered' && reply.status === 403 ? ` The key needs the scope ${scope}.` : ''
    return { kind: 'failed', why: outcome.reason + lacks }
  }
  const value = read(bodyOf(reply))
  return value === undefined ? { kind: 'failed', why: 'an answer without sense' } : { kind: 'found', value }
}

export interface Metric {
  readonly id: string
  readonly name: string
  /** Whether events sent by an API make it, as ours are; a shop's own integration may have one of the same name. */
  readonly isOurs: boolean
}

export function idOf(metrics: readonly Metric[], moment: string): string | undefined {
  return metrics.find(({ name, isOurs }) => isOurs && name === moment)?.id
}

/** @returns the metrics of the account, page by page. */
export async function readMetrics(site: Site): Promise<Found<readonly Metric[]>> {
  const { account } = site
  const metrics: Metric[] = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const found = await asked(site, {
      scope: 'metrics:read',
      call: session =>
        at(account, new account.sdk.MetricsApi(session)).getMetrics(cursor === undefined ? {} : { pageCursor: cursor }),
      read: body => (isMembers(body) ? body : undefined),
    })
    if (found.kind === 'failed') return found
    metrics.push(...membersIn(found.value['data']).flatMap(metricIn))
    cursor = nextIn(found.value)
    if (cursor === undefined) break
  }
  return { kind: 'found', value: metrics }
}

function metricIn({ id, attributes }: Members): readonly Metric[] {
  const { name, integration } = isMembers(attributes) ? attributes : {}
  if (typeof id !== 'string' || typeof name !== 'string') return []
  return [{ id, name, isOurs: !isMembers(integration) || (integration['name'] ?? 'API') === 'API' }]
}

function nextIn({ links }: Members): string | undefined {
  const next = isMembers(links) && typeof links['next'] === 'string' ? URL.parse(links['next']) : null
  return next?.searchParams.get('page[cursor]') ?? undefined
}

function bodyOf(reply: Reply): unknown {
  return reply.kind === 'answered' && reply.body.kind === 'json' ? reply.body.value : undefined
}
