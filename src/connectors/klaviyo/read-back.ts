/** What Klaviyo knows of a person: whether marketing e-mail may reach them, and what they bought. */
import type { Identifiers, PlatformFacts, ReadOutcome, Reads } from '../connector.ts'
import { isMembers, type Members, membersIn } from '../members.ts'
import { jsonOf, outcomeOf, type Reply } from '../request.ts'
import { knownBy, profilesIn, wordsOf } from './map.ts'
import { type Account, exchange } from './sdk.ts'

/** Asked for predictions, Klaviyo takes 150 questions a minute from all integrations of an account: a fifth is left to others. */
const EVERY_MS = 500

export function createReads(account: Account): Reads {
  return {
    needs: ['email', 'phone', 'userId'],
    everyMs: EVERY_MS,
    read: async identifiers => {
      const filter = filterFor(identifiers)
      if (filter === undefined) return { kind: 'unknown' }
      const reply = await findProfile(account, filter)
      const secrets = [account.apiKey, ...Object.values(identifiers)]
      const outcome = outcomeOf(reply, { words: wordsOf, secrets })
      return outcome.kind === 'delivered' ? toOutcome(jsonOf(reply)) : outcome
    },
  }
}

/** An address first: consent is an address's. */
function filterFor(identifiers: Identifiers): string | undefined {
  const { email, phoneNumber, externalId } = knownBy(identifiers)
  const [field, value] =
    email !== undefined
      ? ['email', email]
      : externalId !== undefined
        ? ['external_id', externalId]
        : ['phone_number', phoneNumber]
  return value === undefined ? undefined : `equals(${field},${JSON.stringify(value)})`
}

function findProfile(account: Account, filter: string): Promise<Reply> {
  const { sdk, baseUrl } = account
  return exchange(account, {
    answers: 'json',
    call: session => {
      const profiles = new sdk.ProfilesApi(session)
      profiles.basePath = baseUrl
      return profiles.getProfiles({
        filter,
        additionalFieldsProfile: ['subscriptions', 'predictive_analytics'],
        fieldsProfile: ['subscriptions', 'predictive_analytics'],
      })
    },
  })
}

function toOutcome(body: unknown): ReadOutcome {
  const [profile] = profilesIn(body)
  return profile === undefined
    ? { kind: 'unknown' }
    : { kind: 'read', facts: toFacts(isMembers(profile.attributes) ? profile.attributes : {}) }
}

/** Values without order history, or outside the plan, are null. */
function toFacts({ subscriptions, predictive_analytics: predictions }: Members): PlatformFacts {
  const marketing = memberOf(memberOf(subscriptions, 'email'), 'marketing')
  const { can_receive_email_marketing: mayEmail } = marketing
  const { historic_clv: value, historic_number_of_orders: orders } = isMembers(predictions) ? predictions : {}
  return {
    ...(typeof mayEmail === 'boolean' && { mayEmail }),
    ...(mayEmail === false && { reason: whyNot(marketing) }),
    ...(typeof value === 'number' && { lifetimeValue: value }),
    ...(typeof orders === 'number' && { orders }),
  }
}

function whyNot({ suppression, consent }: Members): string {
  const [suppressed] = membersIn(suppression)
  const word = suppressed?.reason ?? consent
  return typeof word === 'string' ? word : 'not allowed'
}

function memberOf(value: unknown, name: string): Members {
  const member = isMembers(value) ? value[name] : undefined
  return isMembers(member) ? member : {}
}
