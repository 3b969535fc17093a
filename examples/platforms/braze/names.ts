/** How calls other than a write name a user. */
import { isMembers } from '../members.ts'
import type { UserName } from './workspace.ts'

const PRIORITIES = ['identified', 'unidentified', 'most_recently_updated', 'least_recently_updated']

export function aliasIn(element: unknown): UserName | undefined {
  if (!isMembers(element) || !isText(element['alias_name']) || !isText(element['alias_label'])) return undefined
  return { alias: JSON.stringify([element['alias_label'], element['alias_name']]) }
}

/** An address needs to say whom it means, should several have it. */
export function addressIn(element: unknown, member: 'email' | 'phone'): UserName | undefined {
  if (!isMembers(element) || Object.keys(element).some(name => name !== member && name !== 'prioritization'))
    return undefined
  const { [member]: address, prioritization } = element
  if (!isText(address) || !Array.isArray(prioritization) || prioritization.length === 0) return undefined
  if (!prioritization.every(priority => PRIORITIES.includes(priority))) return undefined
  if (prioritization.includes('identified') && prioritization.includes('unidentified')) return undefined
  return { [member]: address, prioritization }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
