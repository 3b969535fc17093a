/** Deletes users at Braze, many in a call. */
import { type DeletionDelivery, E164, type Identifiers, type Outcome } from '../connector.ts'
import { isMembers } from '../members.ts'
import { jsonOf, outcomeOf, type Reply, toReason } from '../request.ts'
import { aliasOf } from './alias.ts'
import { type Account, isRefusedWhole, post } from './call.ts'
import { refusalsIn, wordsOf } from './map.ts'

interface Way {
  readonly what: string
  /** The one array such a call may hold. */
  readonly array: string
  readonly nameOf: (identifiers: Identifiers) => unknown
}

/** A call takes names of one kind only. */
const WAYS: readonly Way[] = [
  { what: 'user id', array: 'external_ids', nameOf: ({ userId }) => userId },
  {
    what: 'e-mail address',
    array: 'email_addresses',
    nameOf: ({ email, userId }) => email && { email, prioritization: prioritization(userId) },
  },
  {
    what: 'phone number',
    array: 'phone_numbers',
    nameOf: ({ phone, userId }) =>
      phone !== undefined && E164.test(phone) ? { phone, prioritization: prioritization(userId) } : undefined,
  },
  {
    what: 'anonymous id',
    array: 'user_aliases',
    nameOf: ({ anonymousId }) => (anonymousId === undefined ? undefined : aliasOf(anonymousId)),
  },
]

/**
 * Whom an address means that several users have. Somebody with a user id is deleted by it, so their address only leads to the
 * profile that was made of it before the user id was known; without one, it is whom the writes went to.
 */
function prioritization(userId: string | undefined): readonly string[] {
  return userId === undefined ? ['identified', 'most_recently_updated'] : ['unidentified']
}

/** @returns one outcome per deletion, in the same order. */
export async function deleteUsers(
  account: Account,
  deletions: readonly DeletionDelivery[],
): Promise<readonly Outcome[]> {
  const outcomes = new Map<DeletionDelivery, Outcome>()
  const ways = WAYS.filter(({ array }) => array !== 'user_aliases' || account.anonymousVisitors === 'alias')
  for (const way of ways) {
    const due = deletions.filter(
      deletion =>
        way.nameOf(deletion.identifiers) !== undefined && (outcomes.get(deletion)?.kind ?? 'delivered') === 'delivered',
    )
    const made = due.length === 0 ? [] : await deleteBy(account, way, due)
    for (const [place, deletion] of due.entries()) outcomes.set(deletion, both(outcomes.get(deletion), made[place]))
  }
  return deletions.map(deletion => outcomes.get(deletion) ?? UNNAMED)
}

const UNNAMED: Outcome = { kind: 'rejected', reason: 'no identifier Braze accepts' }
const UNSAID: Outcome = { kind: 'retry', reason: 'Braze did not say what became of this deletion' }

function both(before: Outcome | undefined, now: Outcome = UNSAID): Outcome {
  return before?.kind === 'delivered' && now.kind === 'delivered'
    ? { kind: 'delivered', note: `${before.note}; ${now.note}` }
    : now
}

async function deleteBy(account: Account, way: Way, due: readonly DeletionDelivery[]): Promise<readonly Outcome[]> {
  const reply = await post(account, '/users/delete', { [way.array]: due.map(one => way.nameOf(one.identifiers)) })
  const refusals = refusalsIn(jsonOf(reply))
  if (due.length > 1 && (isRefusedWhole(reply) || refusals.length > 0)) {
    // One by one, only what is wrong is refused. Who is deleted already is not found, which is as good.
    const alone: Outcome[] = []
    for (const one of due) alone.push(...(await deleteBy(account, way, [one])))
    return alone
  }
  const secrets = [account.apiKey, ...due.flatMap(({ identifiers }) => Object.values(identifiers))]
  const outcome = outcomeOf(reply, { words: wordsOf, secrets })
  if (outcome.kind !== 'delivered') return due.map(() => outcome)
  const [refusal] = refusals
  if (refusal !== undefined) return [{ kind: 'rejected', reason: toReason(refusal.words, secrets) }]
  const note = `took the deletion by ${way.what}, ${deletedIn(reply)} of ${due.length} found`
  return due.map(() => ({ kind: 'delivered', note }))
}

function deletedIn(reply: Reply): number | string {
  const body = jsonOf(reply)
  return isMembers(body) && typeof body.deleted === 'number' ? body.deleted : 'unsaid how many'
}
