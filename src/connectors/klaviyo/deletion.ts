/** Deletes everybody in a Klaviyo account whom a person's identifiers name. */
import type { DeletionDelivery, Outcome } from '../connector.ts'
import { isMembers } from '../members.ts'
import { jsonOf, outcomeOf, type Reading, type Reply } from '../request.ts'
import { knownBy, profilesIn, toDeletion, wordsOf } from './map.ts'
import { type Account, at, exchange } from './sdk.ts'

/** Reads lag behind writes, by seconds as a rule: a profile that is not found may have been written a moment ago. */
const READS_LAG_MS = 60_000

/**
 * Asks for a deletion by each name. Klaviyo takes exactly one in a request, and no user id: whose that is has to be looked
 * up. Asked twice for the same profile, it deletes it once, so that an attempt can be made again from the start.
 */
export async function deleteProfiles(account: Account, delivery: DeletionDelivery): Promise<Outcome> {
  const { email, phoneNumber, externalId } = knownBy(delivery.identifiers)
  const reading = { words: wordsOf, secrets: [account.apiKey, ...Object.values(delivery.identifiers)] }
  const asked: string[] = []
  for (const [what, name] of [
    ['e-mail address', email === undefined ? undefined : { email }],
    ['phone number', phoneNumber === undefined ? undefined : { phoneNumber }],
  ] as const) {
    if (name === undefined) continue
    const outcome = deletedBy(await requestDeletion(account, name), reading)
    if (outcome.kind !== 'delivered') return outcome
    asked.push(what)
  }
  if (externalId !== undefined) {
    const found = await findProfiles(account, externalId)
    const outcome = outcomeOf(found, reading)
    if (outcome.kind !== 'delivered') return outcome
    // Nobody else may be deleted, whatever the answer lists.
    const profiles = profilesIn(jsonOf(found)).filter(
      ({ attributes }) => isMembers(attributes) && attributes.external_id === externalId,
    )
    if (profiles.length === 0 && asked.length === 0) return notFound(account, delivery)
    for (const { id, attributes } of profiles) {
      if (typeof id !== 'string' || isAskedFor(attributes, { email, phoneNumber })) continue
      const outcome = deletedBy(await requestDeletion(account, { id }), reading)
      if (outcome.kind !== 'delivered') return outcome
    }
    asked.push('user id')
  }
  return { kind: 'delivered', note: `took the deletion by ${asked.join(', ')}` }
}

function notFound({ deps: { now = Date.now } }: Account, { time }: DeletionDelivery): Outcome {
  const left = time + READS_LAG_MS - now()
  return left > 0
    ? {
        kind: 'retry',
        reason: 'knows nobody with this user id yet: asked again once its reads have caught up',
        afterMs: left,
      }
    : { kind: 'delivered', note: 'knows nobody with this user id' }
}

/** Gone already is as good as deleted. */
function deletedBy(reply: Reply, reading: Reading): Outcome {
  const isGone = reply.kind === 'answered' && reply.status === 404 && reply.body.kind === 'json'
  return isGone ? { kind: 'delivered' } : outcomeOf(reply, reading)
}

function requestDeletion(account: Account, name: Parameters<typeof toDeletion>[0]): Promise<Reply> {
  const { sdk } = account
  return exchange(account, {
    answers: 'nothing',
    call: session => at(account, new sdk.DataPrivacyApi(session)).requestProfileDeletion(toDeletion(name)),
  })
}

function findProfiles(account: Account, externalId: string): Promise<Reply> {
  const { sdk } = account
  return exchange(account, {
    answers: 'json',
    call: session =>
      at(account, new sdk.ProfilesApi(session)).getProfiles({
        filter: `equals(external_id,${JSON.stringify(externalId)})`,
        fieldsProfile: ['email', 'phone_number', 'external_id'],
      }),
  })
}

function isAskedFor(
  attributes: unknown,
  { email, phoneNumber }: { email: string | undefined; phoneNumber: string | undefined },
): boolean {
  if (!isMembers(attributes)) return false
  const { email: address, phone_number: number } = attributes
  return (
    (email !== undefined && typeof address === 'string' && address.toLowerCase() === email.toLowerCase()) ||
    (phoneNumber !== undefined && number === phoneNumber)
  )
}
