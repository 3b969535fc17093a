/** One real connector between the real dispatcher and outbox and a strict stand-in, with a clock in the test's hand. */
import { onTestFinished } from 'vitest'
import { type BrazeOptions, startBraze } from '../../examples/platforms/braze.ts'
import type { Fault, FaultOptions } from '../../examples/platforms/faults.ts'
import type { HubspotOptions } from '../../examples/platforms/hubspot.ts'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import type { SeenRequest } from '../../examples/platforms/stand-in.ts'
import { createBraze } from '../../src/connectors/braze/index.ts'
import type { Connector, Limits } from '../../src/connectors/connector.ts'
import { createHubspot } from '../../src/connectors/hubspot/index.ts'
import { createKlaviyo } from '../../src/connectors/klaviyo/index.ts'
import type { RequestDeps } from '../../src/connectors/request.ts'
import { startDispatch } from '../../src/destination/delivery/dispatch.ts'
import { initialState } from '../../src/destination/engine/profile.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { deliveryId } from '../../src/destination/plan.ts'
import { openSqliteStore } from '../../src/destination/store/sqlite.ts'
import type { DeliveryRecord, PlannedDelivery } from '../../src/destination/store/store.ts'
import { openReadyHubspot } from './hubspot-account.ts'

/** The key of every stand-in: it must never be seen anywhere. */
export const SECRET = 'pat-test-0123456789'

/** A platform as the faults are tried on it. */
export interface Member {
  /** As the documents name it. */
  readonly name: string
  /** Which of its requests are broken. */
  readonly path: string
  /** Whether an event that comes twice is recorded twice. */
  readonly countsTwice: boolean
  readonly open: (now: () => number) => Promise<Platform>
}

interface Platform {
  readonly connect: (deps: RequestDeps) => Connector | Promise<Connector>
  fail(fault: Fault, options?: FaultOptions): void
  requests(): readonly SeenRequest[]
  /** Of each recorded event, the property that names the delivery. */
  recorded(): readonly unknown[]
  /** A person's trait. */
  trait(email: string, name: string): unknown
}

const named = ({ properties }: { readonly properties: Readonly<Record<string, unknown>> }) => properties['product_name']

async function openKlaviyo(now: () => number): Promise<Platform> {
  const standIn = await startKlaviyo({ apiKey: SECRET, now })
  onTestFinished(() => standIn.close())
  return {
    ...standIn,
    connect: deps => createKlaviyo({ apiKey: SECRET, baseUrl: standIn.url }, deps),
    recorded: () => standIn.events().map(named),
    trait: (email, name) => standIn.profile({ email })?.properties[name],
  }
}

async function openHubspot(now: () => number, options: Partial<HubspotOptions> = {}): Promise<Platform> {
  const standIn = await openReadyHubspot({ now, ...options })
  return {
    ...standIn,
    connect: deps => createHubspot({ accessToken: SECRET, baseUrl: standIn.url }, deps),
    recorded: () => standIn.events().map(named),
    trait: (email, name) => standIn.contact(email)?.properties[name],
  }
}

async function openBraze(now: () => number, options: Partial<BrazeOptions> = {}): Promise<Platform> {
  const standIn = await startBraze({ apiKey: SECRET, now, ...options })
  onTestFinished(() => standIn.close())
  return {
    ...standIn,
    connect: deps => createBraze({ apiKey: SECRET, baseUrl: standIn.url }, deps),
    recorded: () => standIn.events().map(named),
    trait: (email, name) => standIn.profile({ email })?.attributes[name],
  }
}

/** One line for each connector; two where an event takes two requests. */
export const MEMBERS: readonly Member[] = [
  { name: 'Klaviyo', path: '/api/events', countsTwice: false, open: openKlaviyo },
  { name: 'HubSpot contacts', path: '/crm/', countsTwice: false, open: openHubspot },
  { name: 'HubSpot events', path: '/events/v3/send', countsTwice: false, open: openHubspot },
  { name: 'Braze', path: '/users/track', countsTwice: true, open: openBraze },
]

/** The same, where a batch that holds somebody they do not take is met in another way. */
export const BATCH_MEMBERS: readonly Member[] = [
  ...MEMBERS,
  {
    ...{ name: 'HubSpot that writes a batch in part', path: '/crm/', countsTwice: false },
    open: now => openHubspot(now, { partialFailures: true }),
  },
  {
    ...{ name: 'Braze by a contract that takes 50 objects', path: '/users/track', countsTwice: true },
    open: now => openBraze(now, { plan: 'active-users' }),
  },
]

const START = Date.UTC(2026, 6, 15, 12)
/** How far the clock goes at a time when nothing is under way, ms. */
export const STEP_MS = 1_000
const LONGEST_MS = 600_000

export interface World extends Platform {
  /** Plans deliveries of somebody known by this address. */
  plan(...deliveries: readonly (readonly [email: string, kind: 'event' | 'traits', name: string])[]): Promise<void>
  /** Lets time pass until nothing waits any more. */
  run(): Promise<void>
  pass(ms: number): Promise<void>
  /** The connector once more, as another integration of the same account. */
  readonly stranger: () => Connector | Promise<Connector>
  /** Where the calls of the connector went. */
  readonly heard: readonly string[]
  readonly limits: Limits
  /** Waits until every call that is under way has ended, without letting time pass. */
  land(): Promise<void>
  /** Attempts at the delivery of that name, and ms since the start. */
  attempts(name: string): readonly Attempt[]
  delivery(name: string): Promise<DeliveryRecord | undefined>
  /** Everything that was said to an operator, and everything an operator can ask for. */
  output(): Promise<string>
  readonly told: readonly LogEvent[]
}
type Attempt = Extract<LogEvent, { kind: 'delivery attempted' }> & { readonly at: number }

export async function openWorld(member: Member, deps: RequestDeps = {}): Promise<World> {
  let clock = START
  const now = () => clock
  const platform = await member.open(now)
  const store = openSqliteStore(':memory:')
  const told: (LogEvent & { readonly at: number })[] = []
  const flying = new Set<Promise<unknown>>()
  const heard: string[] = []
  const connector = await platform.connect({
    ...{ ...deps, now },
    onCall: call => {
      heard.push(call.path)
      dispatch.hear(call)
    },
  })
  const watched: Connector = {
    ...connector,
    deliver: batch => {
      const delivering = connector.deliver(batch).finally(() => flying.delete(delivering))
      flying.add(delivering)
      return delivering
    },
  }
  const dispatch = startDispatch({
    ...{ store, connector: watched, now, random: () => 0 },
    onEvent: event => told.push({ ...event, at: clock - START }),
  })
  onTestFinished(async () => {
    await dispatch.stop()
    store.close()
  })
  const idOf = (name: string) => deliveryId(connector.name, 'somebody', name)
  const deliveries = () => store.deliveries({}, 1_000)

  /** A loop that was woken has had its turn. */
  async function turn(): Promise<void> {
    dispatch.wake()
    for (let hops = 0; hops < 4; hops += 1) await new Promise(resolve => setImmediate(resolve))
  }
  async function land(): Promise<void> {
    await turn()
    while (flying.size > 0) {
      await Promise.race(flying)
      await turn()
    }
  }

  return {
    ...platform,
    ...{ told, land, heard },
    limits: connector.limits,
    stranger: () => platform.connect({ now }),
    async pass(ms) {
      clock += ms
      await land()
    },
    async plan(...planned) {
      const known = (email: string) => ({ ...initialState.known, email, ...(email.includes('@') && { userId: email }) })
      await store.commit({
        ...{ now: clock, merges: [], identities: [], seen: [], facts: [], releases: [] },
        profiles: planned.map(([email, , name]) => ({
          id: profileOf(email, name),
          state: { ...initialState, known: known(email) },
        })),
        deliveries: planned.map(([email, kind, name]): PlannedDelivery => {
          const shared = { id: idOf(name), profileId: profileOf(email, name), connector: connector.name, kind }
          const traits = { ...shared, traits: { inkling_last_page: name }, time: START, held: false }
          return kind === 'traits' ? traits : { ...traits, name: 'Cart Abandoned', properties: { product_name: name } }
        }),
      })
    },
    async run() {
      await land()
      while ((await store.deliveries({ status: 'pending' }, 1)).length > 0) {
        if (clock - START > LONGEST_MS) throw new Error('something still waits after ten minutes')
        clock += STEP_MS
        await land()
      }
    },
    attempts: name =>
      told.filter((event): event is Attempt => event.kind === 'delivery attempted' && event.delivery === idOf(name)),
    delivery: async name => (await deliveries()).find(({ id }) => id === idOf(name)),
    output: async () => JSON.stringify([told, await deliveries(), dispatch.state()]),
  }
}

/** A name with a slash is of somebody who shares an address with others. */
function profileOf(email: string, name: string): string {
  return name.includes('/') ? name : `person ${email.replace('@', ' at ')}`
}
