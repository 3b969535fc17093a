/** The body of `POST /users/export/ids`: whom to tell of, by names of one kind, and what. */
import { isMembers } from '../members.ts'
import { isText } from './names.ts'
import type { BrazeProfile } from './workspace.ts'

const MAX_IDS = 50

/** @returns what to answer, or why the call is refused. */
export function exported(body: unknown, profiles: readonly BrazeProfile[]): object | string {
  if (!isMembers(body)) return 'The request body is not valid JSON'
  const { fields_to_export: fields, ...names } = body
  if (!Array.isArray(fields) || !fields.every(isText)) return "'fields_to_export' is required"
  const [given, ...others] = Object.entries(names)
  if (given === undefined || others.length > 0) return 'Exactly one kind of identifier must be provided'
  const [kind, name] = given
  const users = found(kind, name, profiles)
  return typeof users === 'string' ? users : { message: 'success', users: users.map(user => toldOf(user, fields)) }
}

function found(kind: string, name: unknown, profiles: readonly BrazeProfile[]): readonly BrazeProfile[] | string {
  if (kind === 'external_ids') {
    if (!Array.isArray(name) || name.length === 0 || name.length > MAX_IDS)
      return `1 to ${MAX_IDS} users may be exported`
    return profiles.filter(({ externalId }) => externalId !== undefined && name.includes(externalId))
  }
  if (!isText(name)) return `'${kind}' must be a text`
  if (kind === 'email_address') return profiles.filter(({ email }) => email === name)
  if (kind === 'phone') return profiles.filter(({ phone }) => phone === name)
  return `'${kind}' is not a kind this endpoint takes`
}

/** A field without a value is left out. */
function toldOf({ externalId, email, known }: BrazeProfile, fields: readonly string[]): object {
  const all = {
    external_id: externalId,
    email,
    email_subscribe: known.emailSubscribe ?? 'subscribed',
    total_revenue: known.totalRevenue ?? 0,
  }
  return Object.fromEntries(
    Object.entries(all).filter(([field, value]) => fields.includes(field) && value !== undefined),
  )
}
