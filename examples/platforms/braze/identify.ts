/** The body of `POST /users/identify`: whom to join to which user. All of it is valid, or the call is refused as a whole. */
import { isMembers, type Members } from '../members.ts'
import { addressIn, aliasIn, isText } from './names.ts'
import type { Identification } from './workspace.ts'

const MAX_NAMES = 50
const ARRAYS: Readonly<Record<string, (entry: Members) => Identification['name'] | undefined>> = {
  aliases_to_identify: ({ external_id: _, user_alias: alias, ...others }) =>
    isEmpty(others) ? aliasIn(alias) : undefined,
  emails_to_identify: ({ external_id: _, ...address }) => addressIn(address, 'email'),
  phone_numbers_to_identify: ({ external_id: _, ...address }) => addressIn(address, 'phone'),
}

/** @returns what to join, or why the call is refused. */
export function toIdentify(body: unknown): readonly Identification[] | string {
  if (!isMembers(body)) return 'The request body is not valid JSON'
  const { merge_behavior: behaviour = 'none', ...arrays } = body
  if (behaviour !== 'merge' && behaviour !== 'none') return "'merge_behavior' must be 'merge' or 'none'"
  const given = Object.entries(arrays)
  if (given.length === 0)
    return "'aliases_to_identify', 'emails_to_identify' or 'phone_numbers_to_identify' is required"
  const found: Identification[] = []
  for (const [array, entries] of given) {
    const read = ARRAYS[array]
    if (read === undefined || !Array.isArray(entries)) return `'${array}' is not an array this endpoint takes`
    for (const entry of entries) {
      const name = isMembers(entry) ? read(entry) : undefined
      const externalId = isMembers(entry) ? entry['external_id'] : undefined
      if (name === undefined || !isText(externalId)) return `'${array}' holds what cannot be identified`
      found.push({ externalId, name, merges: behaviour === 'merge' })
    }
  }
  return found.length > MAX_NAMES || found.length === 0 ? `1 to ${MAX_NAMES} users may be identified` : found
}

function isEmpty(members: Members): boolean {
  return Object.keys(members).length === 0
}
