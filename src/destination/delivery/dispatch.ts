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
  const { store, connector, now } = deps
  const { batchSize, concurrency } = connector.limits
  const flying = new Set<Promise<void>>()

  const loop = startLoop({
    name: `dispatch ${connector.name}`,
    onEvent: deps.onEvent,
    turn: async () => {
      if (flying.size < concurrency) {
        const leased = await store.lease(connector.name, now(), batchSize * (concurrency - flying.size))
        for (const batch of batchesOf(leased, batchSize)) {
          const flight = deliver(deps, batch).finally(() => {
            flying.delete(flight)
            loop.wake()
          })
          flying.add(flight)
        }
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
    },
  }
}

async function deliver(
  { store, connector, now, random, onEvent }: DispatchDeps,
  batch: readonly Leased[],
): Promise<void> {
  const outcomes = await connector.deliver(batch.map(({ delivery }) => delivery))
  const at = now()
  const settlements = batch.map(({ delivery, attempts }, index): Settlement => {
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
      lagMs: at - delivery.time,
      ...(verdict.kind !== 'delivered' && { reason: verdict.reason }),
    })
    switch (verdict.kind) {
      case 'delivered':
        return { kind: 'delivered', id: delivery.id }
      case 'retry':
        return { kind: 'retry', id: delivery.id, at: at + verdict.afterMs, reason: verdict.reason }
      case 'dead':
        return { kind: 'dead', id: delivery.id, reason: verdict.reason }
      default:
        return verdict satisfies never
    }
  })
  await store.settle(settlements, at)
}

function batchesOf(leased: readonly Leased[], size: number): readonly (readonly Leased[])[] {
  return Array.from({ length: Math.ceil(leased.length / size) }, (_, index) =>
    leased.slice(index * size, (index + 1) * size),
  )
}
