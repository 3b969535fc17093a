/** A progress bar for what takes longer than two seconds, where somebody watches. */
import type { Terminal } from './command.ts'

export interface Progress {
  /** @param share - 0–1; undefined when nobody knows how much is to come. @param what - such as `12,000 messages`. */
  show(share: number | undefined, what: string): void
  /** Wipes it off, before anything else is printed. */
  clear(): void
}

const QUIET_MS = 2_000
/** Often enough to be seen moving. */
const REDRAW_MS = 100
const WIDTH = 30

export function createProgress({ status, now }: Pick<Terminal, 'status' | 'now'>): Progress {
  let next = now() + QUIET_MS
  let shown = false
  return {
    show: (share, what) => {
      if (status === undefined || now() < next) return
      next = now() + REDRAW_MS
      shown = true
      status(share === undefined ? what : `${bar(share)} ${String(Math.floor(share * 100)).padStart(3)} %  ${what}`)
    },
    clear: () => {
      if (shown) status?.('')
      shown = false
    },
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(Math.max(share, 0), 1) * WIDTH)
  return `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}]`
}
