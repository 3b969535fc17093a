/** Whom the page follows: the visitor of this browser, the person changed last, or one that was chosen. */
import type { Accounts, LivePerson, Person } from '../../feed.ts'
import { h } from './element.ts'

export const VISITOR = 'visitor'
export const NEWEST = 'newest'

export interface Follow {
  /** `visitor`, `newest`, or a person's name. */
  readonly whom: string
  /** Of the visitor whose bar opened this page. */
  readonly anonymousId: string | undefined
}

/** @returns the person to show, if a platform has them. */
export function followed(accounts: Accounts, person: Person | undefined, { whom }: Follow): LivePerson | undefined {
  if (whom === NEWEST) return accounts[0]
  const name = whom === VISITOR ? (person?.identifiers.email ?? person?.identifiers.userId) : whom
  return accounts.find(one => one.name === name)
}

/** @returns the id to ask the destination about; undefined while there is nobody to ask about. */
export function askAbout(accounts: Accounts, { whom, anonymousId }: Follow): string | undefined {
  if (whom === VISITOR) return anonymousId
  return whom === NEWEST ? accounts[0]?.name : whom
}

export function choices(accounts: Accounts, follow: Follow): readonly HTMLElement[] {
  const option = (value: string, words: string) =>
    h('option', { value, selected: value === follow.whom ? '' : undefined }, words)
  return [
    ...(follow.anonymousId === undefined ? [] : [option(VISITOR, 'you')]),
    option(NEWEST, 'whoever changed last'),
    ...accounts.map(({ name }) => option(name, name)),
  ]
}
