/** The body of `POST /users/delete`: names of one kind, all of them valid, or the call is refused as a whole. */
import { isMembers } from '../members.ts'
import { addressIn, aliasIn, isText } from './names.ts'
import type { UserName } from './workspace.ts'

/** Names of one call. */
const MAX_NAMES = 50

type Read = (element: unknown) => UserName | undefined

const KINDS: Readonly<Record<string, Read>> = {
  external_ids: element => (isText(element) ? { externalId: element } : undefined),
  braze_ids: element => (isText(element) ? { id: element } : undefined),
  user_aliases: aliasIn,
  email_addresses: element => addressIn(element, 'email'),
  phone_numbers: element => addressIn(element, 'phone'),
}

/** @returns the users to delete, or why the call is refused. */
export function namesToDelete(body: unknown): readonly UserName[] | string {
  if (!isMembers(body)) return 'The request body is not valid JSON'
  const [given, ...others] = Object.entries(body)
  if (given === undefined || others.length > 0) return 'Exactly one kind of identifier must be provided'
  const [kind, elements] = given
  const read = KINDS[kind]
  if (read === undefined || !Array.isArray(elements)) return `'${kind}' is not an array this endpoint takes`
  if (elements.length === 0 || elements.length > MAX_NAMES) return `'${kind}' must hold 1 to ${MAX_NAMES} users`
  const names = elements.map(read)
  const valid = names.filter(name => name !== undefined)
  return valid.length < names.length ? `'${kind}' holds what names no user` : valid
}
