/**
 * Whether what was leased is still this process's own. One that was away for so long that others took its deliveries over must not
 * send them when it is back: what is older would be written after what is newer.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Says whether everything that was leased after it was made is still held. */
export type Grip = () => boolean

const gripOf = new AsyncLocalStorage<Grip>()

/** Runs `work`, and whatever it goes on to do, as what was leased under this grip. */
export function underGrip<Result>(grip: Grip, work: () => Result): Result {
  return gripOf.run(grip, work)
}

/** Asked before every request; whatever was not leased may always be sent. */
export function isHeld(): boolean {
  return gripOf.getStore()?.() ?? true
}
