/** What a Braze workspace does with the objects it has accepted: finds or makes people, keeps attributes and events. */

/** Whom an object is about. */
export interface Naming {
  readonly externalId?: string
  readonly email?: string
  readonly phone?: string
  /** Label and name as one text. */
  readonly alias?: string
  /** Nobody is made for it. */
  readonly existingOnly: boolean
}

export interface Attributes extends Naming {
  readonly values: Readonly<Record<string, unknown>>
}

export interface NewEvent extends Naming {
  readonly name: string
  /** ISO 8601. */
  readonly time: string
  readonly properties: Readonly<Record<string, unknown>>
}

/** Whom a call other than a write is about. */
export interface UserName {
  readonly id?: string
  readonly externalId?: string
  readonly alias?: string
  readonly email?: string
  readonly phone?: string
  /** Of an address that several users have. */
  readonly prioritization?: readonly string[]
}

export interface Identification {
  readonly externalId: string
  readonly name: UserName
  /** Otherwise what was written of the profile is lost. */
  readonly merges: boolean
}

export interface BrazeProfile {
  readonly id: string
  readonly externalId?: string
  readonly email?: string
  readonly phone?: string
  readonly aliases: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly known: Knowledge
  /** Epoch ms. */
  readonly createdAt: number
  /** Counts the writes: of several with one address, the latest is meant. */
  readonly updated: number
}

/** What the workspace knows of a user from elsewhere. */
export interface Knowledge {
  readonly emailSubscribe?: 'opted_in' | 'subscribed' | 'unsubscribed'
  readonly totalRevenue?: number
}

/** One recorded event: what an action-based Canvas would see. */
export interface BrazeEvent {
  readonly profileId: string
  readonly name: string
  readonly time: string
  readonly properties: Readonly<Record<string, unknown>>
  /** The person's attributes as the Canvas could read them. */
  readonly attributes: Readonly<Record<string, unknown>>
  /** Epoch ms. */
  readonly receivedAt: number
}

export type AttributeType = 'text' | 'number' | 'truth' | 'time' | 'other'

export interface Dropped {
  readonly name: string
  readonly value: unknown
  /** The attribute's own type, fixed when it was first written. */
  readonly type: AttributeType
}

export interface Workspace {
  profiles(): readonly BrazeProfile[]
  events(): readonly BrazeEvent[]
  dropped(): readonly Dropped[]
  write(attributes: Attributes, now: number): void
  record(event: NewEvent, now: number): void
  /** What comes to be known of a user from elsewhere. */
  learn(externalId: string, known: Knowledge): void
  /** Joins profiles without an external id to the user with one. */
  identify(identifications: readonly Identification[], now: number): void
  /** Deletes whom these names mean, with their events. @returns how many that are. */
  erase(names: readonly UserName[]): number
}

const LOOKS_LIKE_A_DATE = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

/** @param appliesAfterMs - a profile younger than this is not found by calls that join: its first write is still queued. */
export function createWorkspace(appliesAfterMs: number): Workspace {
  const people = new Map<string, BrazeProfile>()
  const types = new Map<string, AttributeType>()
  const events: BrazeEvent[] = []
  const dropped: Dropped[] = []
  let writes = 0

  function keep(profile: BrazeProfile): void {
    writes += 1
    people.set(profile.id, { ...profile, updated: writes })
  }

  /** A value of another type than the attribute's vanishes without an error: not documented, but to be expected. */
  function kept(values: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
    return Object.entries(values).filter(([name, value]) => {
      if (value === null) return true
      const type = types.get(name) ?? typeOf(value)
      types.set(name, type)
      // An attribute of texts takes a text that looks like a date; one of dates takes no other text.
      const fits = type === typeOf(value) || (type === 'text' && typeof value === 'string')
      if (!fits) dropped.push({ name, value, type })
      return fits
    })
  }

  function absorb(user: BrazeProfile, former: BrazeProfile, merges: boolean): void {
    people.delete(former.id)
    const left = merges ? former : { attributes: {} }
    keep({
      ...left,
      ...user,
      aliases: [...user.aliases, ...former.aliases],
      attributes: { ...left.attributes, ...user.attributes },
    })
    for (const [at, event] of events.entries())
      if (event.profileId === former.id && merges) events[at] = { ...event, profileId: user.id }
  }

  return {
    profiles: () => [...people.values()],
    events: () => [...events],
    dropped: () => [...dropped],

    write({ values, ...naming }, now) {
      const person = personOf([...people.values()], naming, now)
      if (person === undefined) return
      const attributes = new Map(Object.entries(person.attributes))
      for (const [name, value] of kept(values)) {
        if (value === null) attributes.delete(name)
        else attributes.set(name, value)
      }
      keep({ ...person, ...fieldsOf(naming), attributes: Object.fromEntries(attributes) })
    },

    record({ name, time, properties, ...naming }, now) {
      const person = personOf([...people.values()], naming, now)
      if (person === undefined) return
      keep(person)
      // A time that has not come yet becomes now. Nothing tells a repeat from a second event.
      const at = Date.parse(time) > now ? new Date(now).toISOString() : time
      const { id: profileId, attributes } = person
      events.push({ profileId, name, time: at, properties, attributes, receivedAt: now })
    },

    learn(externalId, known) {
      const user = [...people.values()].find(one => one.externalId === externalId)
      if (user === undefined) throw new Error(`nobody here has the external id ${externalId}`)
      keep({ ...user, known })
    },

    identify(identifications, now) {
      for (const { externalId, name, merges } of identifications) {
        const former = userOf([...people.values()], name)
        // An identified user is no candidate, nor is a profile that is not there yet. The answer does not tell.
        if (former === undefined || former.externalId !== undefined || former.createdAt + appliesAfterMs > now) continue
        const user = [...people.values()].find(one => one.externalId === externalId)
        if (user === undefined) keep({ ...former, externalId })
        else if (labelsOf(user).every(label => !labelsOf(former).includes(label))) absorb(user, former, merges)
      }
    },

    erase(names) {
      const erased = new Set(names.flatMap(name => userOf([...people.values()], name)?.id ?? []))
      for (const id of erased) people.delete(id)
      const left = events.filter(({ profileId }) => !erased.has(profileId))
      events.splice(0, events.length, ...left)
      return erased.size
    },
  }
}

/** The one user of that name; of several with one address, the one that is preferred, or nobody if that leaves several. */
function userOf(people: readonly BrazeProfile[], name: UserName): BrazeProfile | undefined {
  const { id, externalId, alias, email, phone, prioritization = [] } = name
  if (id !== undefined) return people.find(one => one.id === id)
  if (externalId !== undefined) return people.find(one => one.externalId === externalId)
  if (alias !== undefined) return people.find(({ aliases }) => aliases.includes(alias))
  let found = people.filter(one => (email === undefined ? one.phone === phone : one.email === email))
  for (const priority of prioritization) {
    if (found.length < 2) break
    const preferred =
      priority === 'most_recently_updated'
        ? found.toSorted((a, b) => b.updated - a.updated).slice(0, 1)
        : found.filter(one => (one.externalId !== undefined) === (priority === 'identified'))
    if (preferred.length > 0) found = preferred
  }
  return found.length === 1 ? found[0] : undefined
}

/** The person an object names: someone known, someone new, or nobody. */
function personOf(people: readonly BrazeProfile[], naming: Naming, now: number): BrazeProfile | undefined {
  const { externalId, alias, email, phone, existingOnly } = naming
  const latest = people.toSorted((a, b) => b.updated - a.updated)
  // Of several with one address, one with an external id goes first.
  const byAddress = latest.toSorted((a, b) => Number(a.externalId === undefined) - Number(b.externalId === undefined))
  const known =
    externalId !== undefined
      ? people.find(one => one.externalId === externalId)
      : alias !== undefined
        ? people.find(({ aliases }) => aliases.includes(alias))
        : byAddress.find(one => (email === undefined ? one.phone === phone : one.email === email))
  if (known !== undefined || existingOnly) return known
  const id = newId(people)
  return {
    id,
    aliases: alias === undefined ? [] : [alias],
    attributes: {},
    known: {},
    createdAt: now,
    updated: 0,
    ...fieldsOf(naming),
  }
}

/** A user has one alias of a label at most. */
function labelsOf({ aliases }: BrazeProfile): readonly string[] {
  return aliases.map(alias => String(JSON.parse(alias)[0]))
}

/** Ids of the deleted are not given again. */
function newId(people: readonly BrazeProfile[]): string {
  const last = Math.max(0, ...people.map(({ id }) => Number(id.slice(1))))
  return `B${String(last + 1).padStart(23, '0')}`
}

function fieldsOf({ externalId, email, phone }: Naming): Partial<BrazeProfile> {
  return {
    ...(externalId === undefined ? {} : { externalId }),
    ...(email === undefined ? {} : { email }),
    ...(phone === undefined ? {} : { phone }),
  }
}

export function typeOf(value: unknown): AttributeType {
  switch (typeof value) {
    case 'string':
      return LOOKS_LIKE_A_DATE.test(value) ? 'time' : 'text'
    case 'number':
      return 'number'
    case 'boolean':
      return 'truth'
    default:
      return 'other'
  }
}
