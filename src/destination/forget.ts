/** An operator asks to forget somebody: it goes the way of Segment's own deletions, through the log, in its turn. */
import { createHash } from 'node:crypto'
import { namesIn } from './engine/identity.ts'
import type { Append } from './intake/log.ts'
import type { DeliveryRecord, Store } from './store/store.ts'

export interface Forgetting {
  /** Inkling's own id of them: it says nothing of who they are. */
  readonly profile: string
  /** `asked`: the log has it; `erasing`: they are known to be deleted, and files are being gone through; `done`. */
  readonly state: 'asked' | 'erasing' | 'done'
  /** What each platform was told, and what it said. */
  readonly platforms: readonly { readonly connector: string; readonly status: string; readonly said?: string }[]
}

export interface ForgetDeps {
  readonly store: Pick<Store, 'person' | 'deliveries' | 'pendingErasures'>
  readonly log: Append
  /** Epoch ms. */
  readonly now: () => number
}

const DELETIONS = 1_000

/** @returns how far it is; undefined when nobody is known by this id. */
export async function askToForget(deps: ForgetDeps, id: string): Promise<Forgetting | undefined> {
  const { store, log, now } = deps
  const person = await store.person(id)
  if (person === undefined) return undefined
  const { known, deletedAt } = person.state
  if (deletedAt !== undefined && namesIn(known).length === 0) return forgettingOf(deps, id)
  const at = now()
  const named = known.userId === undefined ? { anonymousId: known.anonymousIds.at(-1) ?? id } : { userId: known.userId }
  // Asked twice in one millisecond is asked once.
  const messageId = `forget-${createHash('sha256').update(`${person.id} ${at}`).digest('hex').slice(0, 32)}`
  const message = { type: 'delete', messageId, ...named, timestamp: new Date(at).toISOString() }
  await log.append({ call: 'webhook', receivedAt: at, body: Buffer.from(JSON.stringify([message])) }, [])
  return { profile: person.id, state: 'asked', platforms: [] }
}

/** @returns how far it is; undefined when nobody is known by this id. */
export async function forgettingOf({ store }: ForgetDeps, id: string): Promise<Forgetting | undefined> {
  const person = await store.person(id)
  if (person === undefined) return undefined
  const { known, deletedAt } = person.state
  const all = await store.deliveries({ profileId: person.id }, DELETIONS)
  const platforms = all.filter(({ kind }) => kind === 'deletion').map(toPlatform)
  if (deletedAt === undefined) return { profile: person.id, state: 'asked', platforms }
  const isDone = namesIn(known).length === 0 && (await store.pendingErasures(person.id)) === 0
  return { profile: person.id, state: isDone ? 'done' : 'erasing', platforms }
}

function toPlatform({ connector, status, reason }: DeliveryRecord): Forgetting['platforms'][number] {
  return { connector, status, ...(reason !== undefined && { said: reason }) }
}
