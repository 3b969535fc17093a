/** When the service is killed. The moments that matter are when something is done and not yet noted, so most aim there. */
import type { Random } from '../support/random.ts'

export type Occasion = 'request' | 'acknowledged' | 'recorded'

export type Kill =
  /** As the nth such thing since the last start happens, or some milliseconds after it. */
  | { readonly kind: 'occasion'; readonly occasion: Occasion; readonly nth: number; readonly afterMs: number }
  /** While it starts, or any time after: ms since it was started. */
  | { readonly kind: 'age'; readonly afterMs: number }

/** @param phase - while people act, or when only deliveries and timers are left. */
export function drawKill(phase: 'load' | 'settling', random: Random): Kill {
  const draws = random.next()
  if (draws < 0.15) return { kind: 'age', afterMs: random.between(0, 500) }
  if (draws < 0.3) return { kind: 'age', afterMs: random.between(500, phase === 'load' ? 1_000 : 8_000) }
  const occasion = phase === 'settling' ? 'recorded' : random.pick(['request', 'acknowledged', 'recorded'] as const)
  const nth = random.between(1, occasion === 'recorded' ? 10 : 25)
  return { kind: 'occasion', occasion, nth, afterMs: random.pick([0, 0, random.between(1, 6), random.between(1, 12)]) }
}

export interface Trigger {
  /** Tells it that something happened. */
  notice(occasion: Occasion): void
  /** It shall not pull any more. */
  disarm(): void
}

/** @param pull - called once, when the kill is due. */
export function arm(kill: Kill, pull: () => void): Trigger {
  let timer = kill.kind === 'age' ? setTimeout(pull, kill.afterMs) : undefined
  let left = kill.kind === 'occasion' ? kill.nth : 0
  return {
    notice(occasion) {
      if (kill.kind !== 'occasion' || kill.occasion !== occasion || left === 0) return
      left -= 1
      if (left > 0) return
      if (kill.afterMs === 0) pull()
      else timer = setTimeout(pull, kill.afterMs)
    },
    disarm() {
      left = 0
      clearTimeout(timer)
    },
  }
}
