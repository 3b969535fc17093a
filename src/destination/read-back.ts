/**
 * Loop: whom a platform is to be asked about → its answer → the log. So what a platform knows is an input like any other: the
 * engine takes it in in its turn, and a replay meets it again. One loop per platform; neither intake nor delivery waits for it.
 */
import type { Connector, PlatformFacts, Reads } from '../connectors/connector.ts'
import { PERMISSION_READ } from './engine/message.ts'
import type { Append } from './intake/log.ts'
import type { LogEvent } from './log-event.ts'
import { type Loop, startLoop } from './loop.ts'
import { identifiersOf } from './plan.ts'
import type { DueRead, ReadSettlement, Store } from './store/store.ts'

export interface ReadBackDeps {
  readonly store: Pick<Store, 'dueRead' | 'nextRead' | 'settleRead'>
  readonly connector: Pick<Connector, 'name'> & { readonly reads: Reads }
  readonly log: Append
  /** Epoch ms. */
  readonly now: () => number
  readonly onEvent: (event: LogEvent) => void
}

/** Waits between attempts, ms; then the person is left until they are wanted again. What nobody reads is simply not known. */
const WAITS_MS: readonly number[] = [60_000, 300_000, 1_800_000, 3_600_000]
/** A refused key or a missing permission is an operator's to mend. */
const UNAUTHORIZED_WAIT_MS = 600_000

/** @returns a loop to wake when somebody was wanted; stopping it waits for the question under way. */
export function startReadBack(deps: ReadBackDeps): Loop {
  const { store, connector, now } = deps
  const { name, reads } = connector
  /** The platform's own pace, and how long it wants to be left alone, whoever is wanted meanwhile. */
  let notBefore = 0
  return startLoop({
    name: `read back ${name}`,
    onEvent: deps.onEvent,
    turn: async () => {
      const early = notBefore - now()
      if (early > 0) return early
      const due = await store.dueRead(name, now())
      if (due === undefined) {
        const next = await store.nextRead(name)
        return next === undefined ? undefined : Math.max(next - now(), 1)
      }
      notBefore = now() + reads.everyMs
      const { settlement, leaveAloneMs, told } = await readOne(deps, due)
      notBefore += leaveAloneMs
      await store.settleRead(due.profile.id, name, settlement, now())
      if (told !== undefined) deps.onEvent(told)
      return Math.max(notBefore - now(), 1)
    },
  })
}

interface Turn {
  readonly settlement: ReadSettlement
  readonly leaveAloneMs: number
  readonly told?: LogEvent
}

async function readOne({ connector, log, now }: ReadBackDeps, due: DueRead): Promise<Turn> {
  const { name, reads } = connector
  if (due.profile.state.deletedAt !== undefined) return { settlement: { kind: 'done' }, leaveAloneMs: 0 }
  const outcome = await reads.read(identifiersOf(due.profile.state.known))
  const at = now()
  const reason = 'reason' in outcome ? { reason: outcome.reason } : {}
  const told: LogEvent = { kind: 'person read', connector: name, outcome: outcome.kind, ...reason }
  switch (outcome.kind) {
    case 'read': {
      const messages = toMessages(outcome.facts, { due, platform: name, at })
      // Durable before it is marked as read: asked once more after a crash, it has the same ids and counts once.
      if (messages.length > 0)
        await log.append({ call: 'read_back', receivedAt: at, body: Buffer.from(JSON.stringify(messages)) }, [])
      return { settlement: { kind: 'done' }, leaveAloneMs: 0, told }
    }
    case 'unknown':
    case 'rejected':
      return { settlement: { kind: 'done' }, leaveAloneMs: 0, told }
    case 'unauthorized':
      return { settlement: { kind: 'retry', at: at + UNAUTHORIZED_WAIT_MS }, leaveAloneMs: UNAUTHORIZED_WAIT_MS, told }
    case 'retry': {
      const wait = WAITS_MS[due.attempts]
      const asked = outcome.afterMs ?? 0
      if (wait === undefined) return { settlement: { kind: 'done' }, leaveAloneMs: asked, told }
      return { settlement: { kind: 'retry', at: at + Math.max(wait, asked) }, leaveAloneMs: asked, told }
    }
    default:
      return outcome satisfies never
  }
}

/** Spelt as senders spell them: what the company knows as traits, consent as an event of its own. */
function toMessages(
  { mayEmail, reason, lifetimeValue, lifecycleStage, orders }: PlatformFacts,
  { due, platform, at }: { due: DueRead; platform: string; at: number },
): readonly object[] {
  const { id, state } = due.profile
  const { userId, anonymousId } = identifiersOf(state.known)
  const person = userId === undefined ? { anonymousId } : { userId }
  const messageId = `read back ${platform} ${id} ${due.askedAt}`
  const timestamp = new Date(at).toISOString()
  const traits = {
    ...(lifetimeValue !== undefined && { lifetime_value: lifetimeValue }),
    ...(lifecycleStage !== undefined && { lifecycle_stage: lifecycleStage }),
    ...(orders !== undefined && { orders }),
  }
  const properties = { platform, may_email: mayEmail, ...(reason !== undefined && { reason }) }
  return [
    ...(Object.keys(traits).length === 0 ? [] : [{ type: 'identify', messageId, ...person, timestamp, traits }]),
    ...(mayEmail === undefined
      ? []
      : [
          {
            type: 'track',
            messageId: `${messageId} permission`,
            ...person,
            timestamp,
            event: PERMISSION_READ,
            properties,
          },
        ]),
  ]
}
