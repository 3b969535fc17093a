/**
 * Requests are read some milliseconds at a time, and whoever decides has its turn in between. Otherwise those that wait to be
 * read would always be first, and what was read long before it is decided on must be kept, or read again.
 */

/** Runs `work` now, or as soon as the others before it had their turn. Settles with what it returned or threw. */
export type Turns = <Result>(work: () => Result) => Promise<Result>

/**
 * As long as a hundred messages take to be read; a stretch of decisions takes three times as long. While decisions are behind,
 * less: what is read far ahead of them is let go, and has to be read again.
 */
const READING_MS = { asARule: 2, behind: 0.5 }

/**
 * @param clock - ms; what takes less than one is now and then counted as one.
 * @param isBehind - whether much of what was read waits to be decided on.
 */
export function createTurns(clock: () => number, isBehind: () => boolean): Turns {
  const waiting: (() => void)[] = []
  /** Of this round of the event loop. */
  let used = 0
  let isNextPlanned = false
  const mayRead = () => used < (isBehind() ? READING_MS.behind : READING_MS.asARule)
  const takeOne = (work: () => void) => {
    const begun = clock()
    work()
    used += clock() - begun
    if (isNextPlanned) return
    isNextPlanned = true
    setImmediate(next)
  }
  const next = () => {
    isNextPlanned = false
    used = 0
    for (let work = waiting.shift(); work !== undefined; work = mayRead() ? waiting.shift() : undefined) takeOne(work)
  }
  return work =>
    new Promise((resolve, reject) => {
      const settle = () => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      }
      if (waiting.length === 0 && mayRead()) takeOne(settle)
      else waiting.push(settle)
    })
}
