/** Loop: lease outbox rows → connector → settle. One loop per connector, so that one platform never slows another. */
import type { Connector, Outcome } from '../../connectors/connector.ts'
import type { LogEvent } from '../log-event.ts'
import { type Loop, startLoop } from '../loop.ts'
import type { Leased, Settlement, Store } from '../store/store.ts'
import { judgeOutcome } from './retry.ts'

export interface DispatchDeps {
  readonly store: Store
  readonly connector: Connector
  /** Epoch ms. */
  readonly now: () => number
  /** 0–1. */
  readonly random: () => number
  readonly onEvent: (event: LogEvent) => void
}

/** @returns a loop to wake when something was planned; stopping it waits for what is in flight. */
export function startDispatch(deps: DispatchDeps): Loop {
  const { store, connector, now, onEvent } = deps
  const { batchSize, concurrency } = connector.limits
  const name = `dispatch ${connector.name}`
  const flying = new Set<Promise<void>>()
  let landed: readonly Settlement[] = []

  /** What landed and could not be settled keeps its lease and is settled later: sent again, it might count twice. */
  const settle = async () => {
    const settlements = landed
    if (settlements.length === 0) return
    await store.settle(settlements, now())
    landed = landed.slice(settlements.length)
  }
  const fly = (batch: readonly Leased[]) => {
    const flight = deliver(deps, batch).then(settlements => {
      flying.delete(flight)
      landed = [...landed, ...settlements]
      loop.wake()
    })
    flying.add(flight)
  }
  const loop = startLoop({
    name,
    onEvent,
    turn: async () => {
      await settle()
      if (flying.size < concurrency) {
        const leased = await store.lease(connector.name, now(), batchSize * (concurrency - flying.size))
        for (const batch of batchesOf(leased, batchSize)) fly(batch)
      }
      // A full sky wakes the loop as soon as one lands.
      if (flying.size >= concurrency) return undefined
      const due = await store.nextDue(connector.name)
      return due === undefined ? undefined : Math.max(due - now(), 0)
    },
  })
  return {
    wake: loop.wake,
    stop: async () => {
      await loop.stop()
      await Promise.all(flying)
      await settle().catch(error => onEvent({ kind: 'loop failed', loop: name, error: wordsOf(error) }))
    },
  }
}

/** One attempt for each. Never rejects. */
async function deliver(deps: DispatchDeps, batch: readonly Leased[]): Promise<readonly Settlement[]> {
  const { connector, now, random, onEvent } = deps
  const begun = now()
  const outcomes = await attempt(connector, batch)
  const at = now()
  return batch.map(({ delivery, attempts }, index): Settlement => {
    const outcome: Outcome = outcomes[index] ?? {
      kind: 'retry',
      reason: `${connector.name} gave no outcome for this delivery`,
    }
    const verdict = judgeOutcome(outcome, attempts + 1, random())
    onEvent({
      kind: 'delivery attempted',
      connector: connector.name,
      delivery: delivery.id,
      of: delivery.kind,
      outcome: outcome.kind,
      attempt: attempts + 1,
      tookMs: at - begun,
      lagMs: at - delivery.time,
      ...(verdict.kind !== 'delivered' && { reason: verdict.reason }),
    })
    switch (verdict.kind) {
      case 'delivered':
        return { ...verdict, id: delivery.id }
      case 'retry':
        return { kind: 'retry', id: delivery.id, at: at + verdict.afterMs, reason: verdict.reason }
      case 'dead':
        return { kind: 'dead', id: delivery.id, reason: verdict.reason }
      default:
        return verdict satisfies never
    }
  })
}

/** A connector that throws has a bug; the others shall not go down with it. Its message may quote a key: only its name is told. */
async function attempt(connector: Connector, batch: readonly Leased[]): Promise<readonly Outcome[]> {
  try {
    return await connector.deliver(batch.map(({ delivery }) => delivery))
  } catch (error) {
    const reason = `${connector.name} broke while delivering (${error instanceof Error ? error.name : typeof error})`
    return batch.map(() => ({ kind: 'retry', reason }))
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function batchesOf(leased: readonly Leased[], size: number): readonly (readonly Leased[])[] {
  return Array.from({ length: Math.ceil(leased.length / size) }, (_, index) =>
    leased.slice(index * size, (index + 1) * size),
  )
}
