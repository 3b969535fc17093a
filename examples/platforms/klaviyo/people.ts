/** The people of an account, found by any of their identifiers. */
import { isKnown, joined, type KlaviyoProfile, newProfile, type ProfileChange } from './profile.ts'

export interface People {
  /** Oldest first. */
  all(): readonly KlaviyoProfile[]
  byId(id: string): KlaviyoProfile | undefined
  byAnonymousId(id: string): KlaviyoProfile | undefined
  /**
   * The known people a request names, most telling identifier first. Which one really wins is not documented; here id,
   * then e-mail, phone, external id.
   */
  named(change: ProfileChange): readonly KlaviyoProfile[]
  /** Stores a profile, under all its identifiers. An anonymous id moves to whoever was last seen with it. */
  keep(profile: KlaviyoProfile): void
  forget(profile: KlaviyoProfile): void
}

export function createPeople(): People {
  const profiles = new Map<string, KlaviyoProfile>()
  const owners = new Map<string, string>()

  function owner(kind: string, value: string | null | undefined): KlaviyoProfile | undefined {
    return value === undefined || value === null ? undefined : profiles.get(owners.get(`${kind} ${value}`) ?? '')
  }

  function forget(profile: KlaviyoProfile): void {
    profiles.delete(profile.id)
    for (const key of keysOf(profile)) if (owners.get(key) === profile.id) owners.delete(key)
  }

  function takeBrowsers(profile: KlaviyoProfile): void {
    for (const anonymousId of profile.anonymousIds) {
      const before = owner('anonymous', anonymousId)
      if (before !== undefined && before.id !== profile.id) {
        profiles.set(before.id, { ...before, anonymousIds: before.anonymousIds.filter(id => id !== anonymousId) })
      }
    }
  }

  return {
    all: () => [...profiles.values()],
    byId: id => profiles.get(id),
    byAnonymousId: id => owner('anonymous', id),
    named({ id, email, phoneNumber, externalId }) {
      const known = id === undefined ? undefined : profiles.get(id)
      const found = [known, owner('email', email), owner('phone', phoneNumber), owner('external', externalId)]
      return [...new Set(found.filter(profile => profile !== undefined))]
    },
    keep(profile) {
      takeBrowsers(profile)
      const before = profiles.get(profile.id)
      for (const key of before === undefined ? [] : keysOf(before)) owners.delete(key)
      profiles.set(profile.id, profile)
      for (const key of keysOf(profile)) owners.set(key, profile.id)
    },
    forget,
  }
}

function keysOf({ email, phoneNumber, externalId, anonymousIds }: KlaviyoProfile): readonly string[] {
  return [
    ...(email === undefined ? [] : [`email ${email}`]),
    ...(phoneNumber === undefined ? [] : [`phone ${phoneNumber}`]),
    ...(externalId === undefined ? [] : [`external ${externalId}`]),
    ...anonymousIds.map(id => `anonymous ${id}`),
  ]
}

export interface Subject {
  readonly profile: KlaviyoProfile
  /** The visitor who turned out to be that person, if one did. */
  readonly absorbed?: KlaviyoProfile
}

/**
 * Who an event is about: someone known, the visitor of that browser, or someone new.
 *
 * @param newId - used when they are new.
 */
export function subjectOf(
  people: People,
  change: ProfileChange,
  { newId, now }: { newId: string; now: number },
): Subject {
  const [person] = people.named(change)
  const visitor = change.anonymousId === undefined ? undefined : people.byAnonymousId(change.anonymousId)
  if (person === undefined) {
    const names = Boolean(change.email ?? change.phoneNumber ?? change.externalId)
    // Someone with a new name at the browser of someone already known is another person.
    return { profile: visitor === undefined || (names && isKnown(visitor)) ? newProfile(newId, now) : visitor }
  }
  if (visitor === undefined || visitor.id === person.id || isKnown(visitor)) return { profile: person }
  return { profile: joined(person, visitor), absorbed: visitor }
}

/** @returns the change without the identifiers that belong to somebody else: an event, answered 202, cannot conflict. */
export function withoutTaken(people: People, change: ProfileChange, id: string): ProfileChange {
  const { email, phoneNumber, externalId, ...rest } = change
  const none = { properties: {}, unset: [], append: {}, unappend: {} }
  const free = (own: Partial<ProfileChange>) => people.named({ ...none, ...own }).every(owner => owner.id === id)
  return {
    ...rest,
    ...(email !== undefined && free({ email }) ? { email } : {}),
    ...(phoneNumber !== undefined && free({ phoneNumber }) ? { phoneNumber } : {}),
    ...(externalId !== undefined && free({ externalId }) ? { externalId } : {}),
  }
}
