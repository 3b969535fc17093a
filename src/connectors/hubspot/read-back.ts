/** What HubSpot knows of a contact: whether e-mail may reach them, their life cycle stage, and what they bought. */
import type { PlatformFacts, Reads } from '../connector.ts'
import { isMembers, type Members } from '../members.ts'
import { jsonOf, outcomeOf } from '../request.ts'
import { policyWait, wordsOf } from './answer.ts'
import type { Account } from './sdk.ts'

/** The smallest accounts allow 100 calls in 10 s, which writing needs most of: a twentieth is for reading. */
const EVERY_MS = 2_000
const PROPERTIES = [
  'lifecyclestage',
  'total_revenue',
  'num_associated_deals',
  'hs_email_optout',
  'hs_email_quarantined',
  'hs_email_hard_bounce_reason_enum',
]

export function createReads(account: Account): Reads {
  return {
    needs: ['email'],
    everyMs: EVERY_MS,
    read: async identifiers => {
      const email = identifiers.email?.trim().toLowerCase()
      if (email === undefined) return { kind: 'unknown' }
      const reply = await account.readContact(email, PROPERTIES)
      if (reply.kind === 'answered' && reply.status === 404 && reply.body.kind === 'json') return { kind: 'unknown' }
      const body = jsonOf(reply)
      const secrets = [account.accessToken, ...Object.values(identifiers)]
      const outcome = outcomeOf(reply, { words: wordsOf, secrets })
      if (outcome.kind === 'delivered')
        return { kind: 'read', facts: toFacts(isMembers(body) && isMembers(body.properties) ? body.properties : {}) }
      const wait = outcome.kind === 'retry' ? (outcome.afterMs ?? policyWait(body)) : undefined
      return wait === undefined ? outcome : { ...outcome, afterMs: wait }
    },
  }
}

/** HubSpot tells every value as text, and none of an empty property. */
function toFacts(properties: Members): PlatformFacts {
  const { lifecyclestage: stage, hs_email_hard_bounce_reason_enum: bounce } = properties
  const value = numberIn(properties.total_revenue)
  const orders = numberIn(properties.num_associated_deals)
  const reason =
    properties.hs_email_optout === 'true'
      ? 'opted out'
      : typeof bounce === 'string' && bounce !== ''
        ? `bounced: ${bounce}`
        : properties.hs_email_quarantined === 'true'
          ? 'quarantined'
          : undefined
  return {
    mayEmail: reason === undefined,
    ...(reason !== undefined && { reason }),
    ...(typeof stage === 'string' && stage !== '' && { lifecycleStage: stage }),
    ...(value !== undefined && { lifetimeValue: value }),
    ...(orders !== undefined && { orders }),
  }
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined
}
