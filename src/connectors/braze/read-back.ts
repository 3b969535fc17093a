/** What Braze knows of a user: whether e-mail may reach them, and what they spent. */
import { E164, type Identifiers, type PlatformFacts, type Reads } from '../connector.ts'
import { isMembers, type Members, membersIn } from '../members.ts'
import { jsonOf, outcomeOf } from '../request.ts'
import { type Account, post } from './call.ts'
import { wordsOf } from './map.ts'

/** Exports are Braze's dearest call, 250 a minute for the whole workspace: half of them is left to others. */
const EVERY_MS = 500
const FIELDS = ['external_id', 'email_subscribe', 'total_revenue']

export function createReads(account: Account): Reads {
  return {
    needs: ['userId', 'email', 'phone'],
    everyMs: EVERY_MS,
    read: async identifiers => {
      const name = nameOf(identifiers)
      if (name === undefined) return { kind: 'unknown' }
      const reply = await post(account, '/users/export/ids', { ...name, fields_to_export: FIELDS })
      const secrets = [account.apiKey, ...Object.values(identifiers)]
      const outcome = outcomeOf(reply, { words: wordsOf, secrets })
      if (outcome.kind !== 'delivered') return outcome
      const body = jsonOf(reply)
      const users = isMembers(body) ? membersIn(body.users) : []
      return users.length === 0 ? { kind: 'unknown' } : { kind: 'read', facts: toFacts(users) }
    },
  }
}

function nameOf({ userId, email, phone }: Identifiers): object | undefined {
  if (userId !== undefined) return { external_ids: [userId] }
  if (email !== undefined) return { email_address: email }
  return phone !== undefined && E164.test(phone) ? { phone } : undefined
}

/** Several users may have one address. The subscription is the address's own; whose revenue is meant, nobody can tell. */
function toFacts(users: readonly Members[]): PlatformFacts {
  const isOut = users.some(user => user.email_subscribe === 'unsubscribed')
  const [user, ...others] = users
  const value = others.length === 0 ? user?.total_revenue : undefined
  return {
    mayEmail: !isOut,
    ...(isOut && { reason: 'unsubscribed' }),
    ...(typeof value === 'number' && { lifetimeValue: value }),
  }
}
