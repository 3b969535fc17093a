/** A person in a Klaviyo account, and what a write does to one. Pure. */

/** A person as the account knows them. Absent identifiers are unknown. */
export interface KlaviyoProfile {
  readonly id: string
  readonly email?: string
  /** E.164. */
  readonly phoneNumber?: string
  readonly externalId?: string
  readonly anonymousIds: readonly string[]
  readonly properties: Readonly<Record<string, unknown>>
  /** Epoch ms. */
  readonly createdAt: number
  /** Epoch ms. */
  readonly updatedAt: number
  readonly known: Knowledge
}

/** What the account knows of a person from elsewhere. */
export interface Knowledge {
  /** Why no marketing e-mail may reach them, such as `UNSUBSCRIBE`. */
  readonly suppressed?: string
  readonly historicClv?: number
  readonly orders?: number
}

/** A person as a request names them, with what it changes. Absent keeps, `null` clears. */
export interface ProfileChange {
  readonly id?: string
  readonly email?: string | null
  readonly phoneNumber?: string | null
  readonly externalId?: string | null
  readonly anonymousId?: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly unset: readonly string[]
  readonly append: Readonly<Record<string, unknown>>
  readonly unappend: Readonly<Record<string, unknown>>
}

export function newProfile(id: string, now: number): KlaviyoProfile {
  return { id, anonymousIds: [], properties: {}, createdAt: now, updatedAt: now, known: {} }
}

/** Whether anything more than a browser is known of a person. */
export function isKnown({ email, phoneNumber, externalId }: KlaviyoProfile): boolean {
  return email !== undefined || phoneNumber !== undefined || externalId !== undefined
}

/** @returns the profile after a write. */
export function changed(before: KlaviyoProfile, change: ProfileChange, now: number): KlaviyoProfile {
  const { anonymousId } = change
  const { email, phoneNumber, externalId, ...rest } = before
  return {
    ...rest,
    ...identifier('email', change.email, email),
    ...identifier('phoneNumber', change.phoneNumber, phoneNumber),
    ...identifier('externalId', change.externalId, externalId),
    anonymousIds:
      anonymousId === undefined || rest.anonymousIds.includes(anonymousId)
        ? rest.anonymousIds
        : [...rest.anonymousIds, anonymousId],
    properties: changedProperties(rest.properties, change),
    updatedAt: now,
  }
}

/** @returns the person with what was known of a visitor who turns out to be them; their own properties win. */
export function joined(person: KlaviyoProfile, visitor: KlaviyoProfile): KlaviyoProfile {
  return {
    ...person,
    anonymousIds: [...new Set([...person.anonymousIds, ...visitor.anonymousIds])],
    properties: { ...visitor.properties, ...person.properties },
  }
}

function identifier<K extends string>(name: K, given: string | null | undefined, known: string | undefined) {
  const value = given === undefined ? known : given
  return value === undefined || value === null ? {} : { [name]: value }
}

/**
 * A `null` is stored as a null, the less convenient of the two readings the documentation leaves open; only `unset`
 * deletes. A list is replaced unless appended to.
 */
function changedProperties(before: KlaviyoProfile['properties'], change: ProfileChange): KlaviyoProfile['properties'] {
  const after: Record<string, unknown> = { ...before, ...change.properties }
  for (const [name, added] of Object.entries(change.append)) {
    const list = listOf(after[name])
    after[name] = [...list, ...listOf(added).filter(one => !list.includes(one))]
  }
  for (const [name, removed] of Object.entries(change.unappend)) {
    after[name] = listOf(after[name]).filter(one => !listOf(removed).includes(one))
  }
  return Object.fromEntries(Object.entries(after).filter(([name]) => !change.unset.includes(name)))
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
