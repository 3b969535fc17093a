/** Deletes contacts for good, as the GDPR asks. */
import type { DeletionDelivery, Outcome } from '../connector.ts'
import { isMembers } from '../members.ts'
import type { Reply } from '../request.ts'
import { readReply } from './contacts.ts'
import { emailOf } from './map.ts'
import type { Account } from './sdk.ts'

/**
 * One call each, for HubSpot takes no batch of them; behind one that has to be retried, the others are not tried.
 *
 * @returns one outcome per deletion, in the same order. Each must have an address.
 */
export async function deleteContacts(
  account: Account,
  deletions: readonly DeletionDelivery[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const deletion of deletions) {
    const before = outcomes.at(-1)
    const isHeld = before?.kind === 'retry' || before?.kind === 'unauthorized'
    outcomes.push(isHeld ? before : await deleteContact(account, deletion))
  }
  return outcomes
}

async function deleteContact(account: Account, deletion: DeletionDelivery): Promise<Outcome> {
  const reply = await account.purgeContact(emailOf(deletion) ?? '')
  if (isUnknown(reply)) return { kind: 'delivered', note: 'knows nobody with this e-mail address' }
  const outcome = readReply(account, reply, [deletion])
  return outcome.kind === 'delivered' ? { ...outcome, note: 'took the deletion by e-mail address' } : outcome
}

/** By its documents, HubSpot takes the deletion of somebody it does not know too; nobody is there if it refuses. */
function isUnknown(reply: Reply): boolean {
  if (reply.kind !== 'answered' || reply.status !== 404 || reply.body.kind !== 'json') return false
  return isMembers(reply.body.value) && reply.body.value.category === 'OBJECT_NOT_FOUND'
}
