/** One call: deliveries in, what became of them out. */
import type { Connector, Outcome } from '../../connectors/connector.ts'
import type { LogEvent } from '../log-event.ts'
import type { Leased, Settlement } from '../store/store.ts'
import { attempt, unsaid } from './attempt.ts'
import { judgeOutcome } from './retry.ts'

export interface FlightDeps {
  readonly connector: Connector
  /** Epoch ms. */
  readonly now: () => number
  /** 0–1. */
  readonly random: () => number
  readonly onEvent: (event: LogEvent) => void
}

export interface Landed {
  readonly outcomes: readonly Outcome[]
  readonly settlements: readonly Settlement[]
}

/** One attempt for each. Never rejects. */
export async function fly(deps: FlightDeps, batch: readonly Leased[]): Promise<Landed> {
  const { connector, now, random, onEvent } = deps
  const begun = now()
  const outcomes = await attempt(
    connector,
    batch.map(({ delivery }) => delivery),
  )
  const at = now()
  const settlements = batch.map(({ delivery, attempts }, index): Settlement => {
    const outcome = outcomes[index] ?? unsaid(connector.name)
    const { id } = delivery
    const verdict = judgeOutcome(outcome, attempts + 1, random())
    onEvent({
      kind: 'delivery attempted',
      connector: connector.name,
      delivery: id,
      of: delivery.kind,
      outcome: outcome.kind,
      became: verdict.kind,
      attempt: attempts + 1,
      tookMs: at - begun,
      lagMs: at - delivery.time,
      ...(verdict.kind !== 'delivered' && { reason: verdict.reason }),
    })
    switch (verdict.kind) {
      case 'delivered':
        return { ...verdict, id }
      case 'retry': {
        const { afterMs, reason, counts } = verdict
        return { kind: 'retry', id, at: at + afterMs, reason, counts }
      }
      case 'postponed':
      case 'dead':
        return { ...verdict, id }
      default:
        return verdict satisfies never
    }
  })
  return { outcomes, settlements }
}
