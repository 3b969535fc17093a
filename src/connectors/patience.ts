/** For a person who watches: what is throttled is asked again once the platform says so. */
import type { Reply } from './request.ts'

/** How often something is asked in all. */
const TRIES = 3
/** Nobody waits longer than this before a terminal; run again, a set-up goes on where it stopped. */
const LONGEST_WAIT_MS = 60_000
/** Busy, and saying until when. */
const WAITING_STATUSES = [429, 503]

/** Waits, ms. */
export type Pause = (ms: number) => Promise<void>

export const realPause: Pause = ms => new Promise(done => setTimeout(done, ms))

/** @param waitIn - how long an answer asks to wait where its headers do not say, ms. */
export async function patiently(
  ask: () => Promise<Reply>,
  pause: Pause,
  waitIn: (reply: Reply) => number | undefined = () => undefined,
): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    const reply = await ask()
    const isBusy = reply.kind === 'answered' && WAITING_STATUSES.includes(reply.status)
    const wait = isBusy ? (reply.afterMs ?? waitIn(reply)) : undefined
    if (wait === undefined || wait > LONGEST_WAIT_MS || tries >= TRIES) return reply
    await pause(wait)
  }
}
