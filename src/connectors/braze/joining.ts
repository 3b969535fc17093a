/** Joins what was written under former names to the user with the user id, by `POST /users/identify`. */
import { E164, type Identifiers, type JoiningDelivery, type Outcome } from '../connector.ts'
import { jsonOf, outcomeOf, toReason } from '../request.ts'
import { aliasOf } from './alias.ts'
import { type Account, isRefusedWhole, post } from './call.ts'
import { refusalsIn, wordsOf } from './map.ts'

/** Of one call. */
const MAX_NAMES = 50
/** Only a profile that was made of the address alone: never another user who has the same one. */
const PRIORITIZATION = ['unidentified', 'most_recently_updated']

/** @returns one outcome per joining, in the same order. */
export async function joinUsers(account: Account, joinings: readonly JoiningDelivery[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const together of inCalls(joinings)) outcomes.push(...(await joinTogether(account, together)))
  return outcomes
}

function inCalls(joinings: readonly JoiningDelivery[]): readonly (readonly JoiningDelivery[])[] {
  const calls: (readonly JoiningDelivery[])[] = []
  let names = MAX_NAMES
  for (const joining of joinings) {
    names += joining.former.length
    if (names > MAX_NAMES) {
      calls.push([])
      names = joining.former.length
    }
    calls.push([...(calls.pop() ?? []), joining])
  }
  return calls
}

async function joinTogether(account: Account, joinings: readonly JoiningDelivery[]): Promise<readonly Outcome[]> {
  const reply = await post(account, '/users/identify', toIdentifyCall(joinings))
  const refusals = refusalsIn(jsonOf(reply))
  if (joinings.length > 1 && (isRefusedWhole(reply) || refusals.length > 0)) {
    // One by one, only what is wrong is refused. Who is joined already stays as they are.
    const alone: Outcome[] = []
    for (const joining of joinings) alone.push(...(await joinTogether(account, [joining])))
    return alone
  }
  const names = joinings
    .flatMap(({ identifiers, former }) => [identifiers, ...former])
    .flatMap(each => Object.values(each))
  const secrets = [account.apiKey, ...names]
  const outcome = outcomeOf(reply, { words: wordsOf, secrets })
  const [refusal] = refusals
  if (outcome.kind !== 'delivered' || refusal === undefined) return joinings.map(() => outcome)
  return [{ kind: 'rejected', reason: toReason(refusal.words, secrets) }]
}

/** What the user has stays, and what only the former profile has is added to it. */
function toIdentifyCall(joinings: readonly JoiningDelivery[]): object {
  const entries = (toEntry: (name: Identifiers) => object | undefined): readonly object[] =>
    joinings.flatMap(({ identifiers: { userId }, former }) =>
      former.flatMap(name => {
        const entry = toEntry(name)
        return entry === undefined ? [] : [{ external_id: userId, ...entry }]
      }),
    )
  const arrays = {
    aliases_to_identify: entries(({ anonymousId }) =>
      anonymousId === undefined ? undefined : { user_alias: aliasOf(anonymousId) },
    ),
    emails_to_identify: entries(({ email }) =>
      email === undefined ? undefined : { email, prioritization: PRIORITIZATION },
    ),
    phone_numbers_to_identify: entries(({ phone }) =>
      phone !== undefined && E164.test(phone) ? { phone, prioritization: PRIORITIZATION } : undefined,
    ),
  }
  const filled = Object.entries(arrays).filter(([, array]) => array.length > 0)
  return { ...Object.fromEntries(filled), merge_behavior: 'merge' }
}
