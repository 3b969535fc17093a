/** Whether of the last minutes' durations 99 % were short enough. Pure but for what it remembers: a few numbers a minute. */

export interface Objective {
  /** @returns whether that changed the verdict. */
  add(tookMs: number, now: number): 'missed' | 'met' | undefined
  isMissed(now: number): boolean
}

const MINUTE = 60_000
const MINUTES = 5
/** One of a hundred may take longer. */
const SHARE = 0.01

interface Minute {
  readonly at: number
  all: number
  slow: number
}

export function createObjective(boundMs: number): Objective {
  let minutes: Minute[] = []
  let was = false
  const judge = (now: number) => {
    minutes = minutes.filter(({ at }) => at > now - MINUTES * MINUTE)
    const [all, slow] = minutes.reduce(([a, s], minute) => [a + minute.all, s + minute.slow], [0, 0])
    return slow > all * SHARE
  }
  return {
    add: (tookMs, now) => {
      const at = now - (now % MINUTE)
      let minute = minutes.at(-1)
      if (minute?.at !== at) {
        minute = { at, all: 0, slow: 0 }
        minutes.push(minute)
      }
      minute.all += 1
      if (tookMs > boundMs) minute.slow += 1
      // Nothing can have become worse by what was quick.
      else if (!was) return undefined
      const is = judge(now)
      if (is === was) return undefined
      was = is
      return is ? 'missed' : 'met'
    },
    isMissed: judge,
  }
}
