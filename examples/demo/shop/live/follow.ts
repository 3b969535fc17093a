/** Whom the page follows: the visitor of this browser, the profile changed last, or one that was chosen. */
import type { Account, LiveProfile, Person } from '../../feed.ts'
import { h } from './element.ts'

export const VISITOR = 'visitor'
export const NEWEST = 'newest'

export interface Follow {
  /** `visitor`, `newest`, or a profile's id. */
  readonly whom: string
  /** Of the visitor whose bar opened this page. */
  readonly anonymousId: string | undefined
}

/** @returns the Klaviyo profile to show, if Klaviyo has it. */
export function followed(account: Account, person: Person | undefined, follow: Follow): LiveProfile | undefined {
  if (follow.whom === NEWEST) return account[0]
  if (follow.whom !== VISITOR) return account.find(({ id }) => id === follow.whom)
  const { anonymousId } = follow
  return account.find(
    profile =>
      (anonymousId !== undefined && profile.anonymousIds.includes(anonymousId)) ||
      (profile.email !== undefined && profile.email === person?.identifiers.email),
  )
}

/** @returns the id to ask the destination about; undefined while there is nobody to ask about. */
export function askAbout(account: Account, follow: Follow): string | undefined {
  if (follow.whom === VISITOR) return follow.anonymousId
  const profile = follow.whom === NEWEST ? account[0] : account.find(({ id }) => id === follow.whom)
  return profile?.email ?? profile?.externalId ?? profile?.anonymousIds.at(-1)
}

export function choices(account: Account, follow: Follow): readonly HTMLElement[] {
  const option = (value: string, words: string) =>
    h('option', { value, selected: value === follow.whom ? '' : undefined }, words)
  return [
    ...(follow.anonymousId === undefined ? [] : [option(VISITOR, 'you')]),
    option(NEWEST, 'whoever changed last'),
    ...account.map(({ id, email, externalId }) => option(id, email ?? externalId ?? id)),
  ]
}
