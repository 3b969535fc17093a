/** When the service is killed. The moments that matter are when something is done and not yet noted, so most aim there. */
import type { Random } from '../support/random.ts'
import { pause } from './sender.ts'
import type { SettlingOptions } from './settling.ts'

export type Occasion = 'request' | 'acknowledged' | 'recorded'

export type Kill =
  /** As the nth such thing since the last start happens, or some milliseconds after it. */
  | { readonly kind: 'occasion'; readonly occasion: Occasion; readonly nth: number; readonly afterMs: number }
  /** While it starts, or any time after: ms since it was started. */
  | { readonly kind: 'age'; readonly afterMs: number }

/**
 * Decisions are made in the milliseconds after an acknowledgement, so most kills aim at those.
 *
 * @param phase - while people act, or when only deliveries and timers are left.
 */
export function drawKill(phase: 'load' | 'settling', random: Random): Kill {
  const draws = random.next()
  if (draws < 0.1) return { kind: 'age', afterMs: random.between(0, 500) }
  if (draws < 0.2) return { kind: 'age', afterMs: random.between(500, phase === 'load' ? 1_000 : 8_000) }
  const occasions = ['request', 'acknowledged', 'acknowledged', 'recorded'] as const
  const occasion = phase === 'settling' ? 'recorded' : random.pick(occasions)
  const nth = random.between(1, occasion === 'recorded' ? 10 : 20)
  return { kind: 'occasion', occasion, nth, afterMs: random.pick([0, 0, 1, 2, 3, random.between(4, 12)]) }
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

/** What suffers. */
export interface Victim extends SettlingOptions {
  /** Where the next request goes. */
  url(): string
  /** Replaces the kills still to come. */
  plan(kills: readonly Kill[]): void
  notice(occasion: Occasion): void
  killed(): number
  /** Writes that went with the power. */
  lost(): number
  /** Ends it in order; there are no kills after. @returns how it ended. */
  stop(): Promise<string>
}

export type Kills = Pick<Victim, 'plan' | 'notice' | 'killed'> & {
  isStopped(): boolean
  stop(): Promise<void>
}

/** @param pull - a kill; the next is armed once it has settled. */
export function createKills(pull: () => Promise<void>): Kills {
  let coming: readonly Kill[] = []
  let trigger: Trigger | undefined
  let killed = 0
  let stopped = false
  const armNext = () => {
    trigger?.disarm()
    const [kill, ...rest] = coming
    coming = rest
    trigger = kill && arm(kill, act)
  }
  const act = () => {
    killed += 1
    void pull().then(() => {
      if (!stopped) armNext()
    })
  }
  return {
    plan: kills => {
      coming = kills
      armNext()
    },
    notice: occasion => trigger?.notice(occasion),
    killed: () => killed,
    isStopped: () => stopped,
    stop: async () => {
      coming = []
      trigger?.disarm()
      await pause(0)
      stopped = true
    },
  }
}
