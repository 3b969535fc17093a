import type { Recorded } from '../accuracy/record.ts'

/** What a document saw of itself, written down whenever it was put aside or left. */
export interface Log {
  readonly path: string
  readonly timeOrigin: number
  /** When the plugin began to listen, ms of the page's clock; nothing before that could be measured. */
  readonly listeningAt: number | undefined
  readonly visibleAtStart: boolean
  readonly events: readonly Recorded[]
  readonly life: readonly Lived[]
}

/** `away`: hidden, frozen or left. `back`: shown again. `again`: restored, which is another page view. */
export interface Lived {
  readonly what: 'away' | 'left' | 'back' | 'again'
  readonly at: number
}

/** Runs in the page after `record`: keeps the log of the document where it outlives the page. */
export function watch(): void {
  const life: Lived[] = []
  const visibleAtStart = document.visibilityState === 'visible'
  const write = () => {
    const { listeningAt, recorded: events } = window
    const { timeOrigin } = performance
    const log: Log = { path: location.pathname, timeOrigin, listeningAt, visibleAtStart, events, life }
    localStorage.setItem(`log:${timeOrigin}`, JSON.stringify(log))
  }
  // The event's own time: whoever listened before may have worked a while.
  const note = (what: Lived['what'], { timeStamp: at }: Event) => {
    life.push({ what, at })
    if (what === 'away' || what === 'left') write()
  }
  const capture = { capture: true }
  addEventListener('freeze', event => note('away', event), capture)
  addEventListener('visibilitychange', event => note(document.hidden ? 'away' : 'back', event), capture)
  addEventListener('pagehide', event => note('left', event), capture)
  addEventListener('pageshow', event => event.persisted && note('again', event), capture)
}

/** Runs in an empty page of the same site. */
export function readLogs(): readonly string[] {
  return Object.keys(localStorage)
    .filter(key => key.startsWith('log:'))
    .map(key => localStorage.getItem(key) ?? '')
}

export function parseLog(text: string): Log {
  return JSON.parse(text)
}
