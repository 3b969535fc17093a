/**
 * What a Klaviyo account does with a write it has accepted: upserts people, records events once, defines metrics. Knows
 * nothing of HTTP.
 */
import type { KlaviyoFlow } from './flows.ts'
import { createPeople, subjectOf, withoutTaken } from './people.ts'
import { changed, type KlaviyoProfile, type Knowledge, newProfile, type ProfileChange } from './profile.ts'

/** One recorded event: what a metric-triggered flow would see. */
export interface KlaviyoEvent {
  readonly id: string
  readonly profileId: string
  /** The metric's name. */
  readonly metric: string
  /** ISO 8601, cut to the second as Klaviyo does. */
  readonly time: string
  readonly uniqueId: string
  readonly properties: Readonly<Record<string, unknown>>
  /** Epoch ms. */
  readonly receivedAt: number
  /** Recorded without triggering flows. */
  readonly backfill: boolean
}

export interface KlaviyoMetric {
  readonly id: string
  readonly name: string
  /** Who records it: whoever writes events, Klaviyo of its own e-mails, or an integration of the shop. */
  readonly integration: 'API' | 'Klaviyo' | 'Shop'
  /** Epoch ms. */
  readonly createdAt: number
}

export interface NewEvent {
  readonly metric: string
  /** Epoch ms, whole seconds. */
  readonly time: number
  /** Absent: the second of `time`, as Klaviyo does. */
  readonly uniqueId?: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly backfill: boolean
  readonly profile: ProfileChange
  /** Default `API`. */
  readonly integration?: KlaviyoMetric['integration']
}

export type Upsert =
  | { readonly kind: 'created' | 'updated'; readonly profile: KlaviyoProfile }
  /** The identifiers belong to two people. */
  | { readonly kind: 'conflict'; readonly profileId: string }
  | { readonly kind: 'unknown-id' }

/** One thing that changed, in order; whoever folds them has the account. */
export type AccountChange =
  | { readonly kind: 'profile'; readonly profile: KlaviyoProfile }
  | { readonly kind: 'profile-gone'; readonly id: string }
  | { readonly kind: 'event'; readonly event: KlaviyoEvent }
  | { readonly kind: 'event-gone'; readonly id: string }
  | { readonly kind: 'metric'; readonly metric: KlaviyoMetric }

export interface Account {
  metrics(): readonly KlaviyoMetric[]
  /** Those that integrations of the shop's own have made. */
  foreignMetrics(): readonly KlaviyoMetric[]
  flows(): readonly KlaviyoFlow[]
  addFlow(flow: Pick<KlaviyoFlow, 'name' | 'definition' | 'createdAt'>): KlaviyoFlow
  profiles(): readonly KlaviyoProfile[]
  profile(id: string): KlaviyoProfile | undefined
  events(): readonly KlaviyoEvent[]
  metric(name: string): KlaviyoMetric | undefined
  upsert(change: ProfileChange, now: number): Upsert
  /** Whether the event was recorded, had been before, or names a profile id the account does not know. */
  record(event: NewEvent, now: number): 'recorded' | 'repeated' | 'unknown-id'
  /** What would become of an event, were it recorded now. */
  foresee(event: NewEvent, now: number): 'recorded' | 'repeated' | 'unknown-id'
  /** What comes to be known of somebody from elsewhere. */
  learn(email: string, known: Knowledge): void
  /** Deletes all profiles of that name, with what was recorded of them. */
  erase(name: DeletionName): void
}

/** Exactly one of them. */
export interface DeletionName {
  readonly id?: string
  readonly email?: string
  readonly phoneNumber?: string
}

/**
 * @param onChange - told after each write what it changed.
 * @param foreign - names of metrics that an integration of the shop's own has made.
 */
export function createAccount(
  onChange: (changes: readonly AccountChange[]) => void,
  foreign: readonly string[] = [],
): Account {
  const foreignMetrics = foreign.map((name, at): KlaviyoMetric => {
    return { id: `S${String(at + 1).padStart(5, '0')}`, name, integration: 'Shop', createdAt: 0 }
  })
  const flows: KlaviyoFlow[] = []
  const people = createPeople()
  const metrics = new Map<string, KlaviyoMetric>()
  const events = new Map<string, KlaviyoEvent>()
  const recorded = new Set<string>()
  let made = 0

  function newId(prefix: string): string {
    made += 1
    return prefix + String(made).padStart(26 - prefix.length, '0')
  }

  /** A name is another metric in each integration in earnest; here whoever comes first has it. */
  function metricNamed(
    name: string,
    integration: KlaviyoMetric['integration'],
    now: number,
  ): AccountChange & { readonly kind: 'metric' } {
    const id = `M${String(metrics.size + 1).padStart(5, '0')}`
    const metric = metrics.get(name) ?? { id, name, integration, createdAt: now }
    metrics.set(name, metric)
    return { kind: 'metric', metric }
  }

  function put(event: KlaviyoEvent): AccountChange {
    events.set(event.id, event)
    recorded.add(repeatKey(event))
    return { kind: 'event', event }
  }

  /** The visitor's events become the person's. */
  function absorb(visitor: KlaviyoProfile, personId: string): readonly AccountChange[] {
    people.forget(visitor)
    const theirs = [...events.values()].filter(({ profileId }) => profileId === visitor.id)
    return [...theirs.map(event => put({ ...event, profileId: personId })), { kind: 'profile-gone', id: visitor.id }]
  }

  return {
    profiles: people.all,
    profile: people.byId,
    events: () => [...events.values()],
    metrics: () => [...metrics.values()],
    foreignMetrics: () => foreignMetrics,
    flows: () => [...flows],
    addFlow(flow) {
      const made = { ...flow, id: `F${String(flows.length + 1).padStart(5, '0')}`, status: 'draft' } as const
      flows.push(made)
      return made
    },
    metric: name => metrics.get(name),

    upsert(change, now) {
      if (change.id !== undefined && people.byId(change.id) === undefined) return { kind: 'unknown-id' }
      const [person, other] = people.named(change)
      if (person !== undefined && other !== undefined) return { kind: 'conflict', profileId: other.id }
      const profile = changed(person ?? newProfile(newId('01'), now), change, now)
      people.keep(profile)
      onChange([{ kind: 'profile', profile }])
      return { kind: person === undefined ? 'created' : 'updated', profile }
    },

    foresee({ metric, time, uniqueId = String(time / 1000), profile: named }, now) {
      if (named.id !== undefined && people.byId(named.id) === undefined) return 'unknown-id'
      const { profile } = subjectOf(people, named, { newId: '', now })
      return recorded.has(repeatKey({ profileId: profile.id, metric, uniqueId })) ? 'repeated' : 'recorded'
    },

    record({ metric: name, time, uniqueId, properties, backfill, profile: named, integration = 'API' }, now) {
      if (named.id !== undefined && people.byId(named.id) === undefined) return 'unknown-id'
      const { profile: before, absorbed } = subjectOf(people, named, { newId: newId('01'), now })
      const gone = absorbed === undefined ? [] : absorb(absorbed, before.id)
      const profile = changed(before, withoutTaken(people, named, before.id), now)
      people.keep(profile)
      const { metric } = metricNamed(name, integration, now)
      const event = {
        id: newId('EV'),
        profileId: profile.id,
        metric: name,
        time: isoSecond(time),
        uniqueId: uniqueId ?? String(time / 1000),
        properties,
        receivedAt: now,
        backfill,
      }
      const repeated = recorded.has(repeatKey(event))
      const made = repeated ? [] : [put(event)]
      onChange([...gone, { kind: 'profile', profile }, { kind: 'metric', metric }, ...made])
      return repeated ? 'repeated' : 'recorded'
    },

    learn(email, known) {
      const [profile] = people.named({ email, properties: {}, unset: [], append: {}, unappend: {} })
      if (profile === undefined) throw new Error(`nobody here has the address ${email}`)
      people.keep({ ...profile, known })
      onChange([{ kind: 'profile', profile: { ...profile, known } }])
    },

    erase(name) {
      const erased = people.named({ ...name, properties: {}, unset: [], append: {}, unappend: {} })
      const theirs = [...events.values()].filter(event => erased.some(({ id }) => id === event.profileId))
      for (const profile of erased) people.forget(profile)
      for (const { id } of theirs) events.delete(id)
      onChange([
        ...erased.map(({ id }) => ({ kind: 'profile-gone' as const, id })),
        ...theirs.map(({ id }) => ({ kind: 'event-gone' as const, id })),
      ])
    },
  }
}

/** @returns Klaviyo's way of writing a time: to the second, with a numeric zone. */
export function isoSecond(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, '+00:00')
}

/** A repeat is the same `unique_id` for the same person and metric. */
function repeatKey({ profileId, metric, uniqueId }: Pick<KlaviyoEvent, 'profileId' | 'metric' | 'uniqueId'>): string {
  return JSON.stringify([profileId, metric, uniqueId])
}
