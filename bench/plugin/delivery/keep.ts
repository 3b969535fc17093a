import type { Recorded } from '../accuracy/record.ts'

/** A page view as the page itself saw it end. Times are ms since its document began. */
export interface Kept {
  readonly path: string
  /** Wall clock at the end, to put views of one path in order. */
  readonly endedAt: number
  readonly how: string
  /** When measuring could begin; absent where the page was left before. */
  readonly from?: number | undefined
  readonly to: number
  readonly visible: readonly { readonly from: number; readonly to: number }[]
  readonly events: readonly Recorded[]
}

declare global {
  interface Window {
    /** Changes the route as a single-page site does, and notes that a view ended. */
    keepRoute: (path: string) => void
    /** How the visitor is about to leave. */
    leaving: string
  }
}

const PREFIX = 'kept:'

/**
 * Runs in the page before anything else: writes down, synchronously, what each page view was when it ended. Storage outlives the
 * page, so the truth is there however the page was left.
 */
export function keep(): void {
  let from: number | undefined
  let hidden: { at: number; visible: boolean }[] = []
  window.leaving = 'close'
  const note = (how: string) => {
    const to = performance.now()
    const start = from ?? window.listeningAt
    const visible: { from: number; to: number }[] = []
    let since: number | undefined = start
    for (const change of hidden) {
      if (!change.visible && since !== undefined) visible.push({ from: since, to: change.at })
      since = change.visible ? change.at : undefined
    }
    if (since !== undefined) visible.push({ from: since, to })
    const view = {
      path: location.pathname,
      endedAt: Date.now(),
      how,
      from: start,
      to,
      visible,
      events: window.recorded,
    }
    localStorage.setItem(`kept:${performance.timeOrigin}:${to}`, JSON.stringify(view))
  }
  window.keepRoute = path => {
    note('route')
    history.pushState({}, '', path)
    from = window.listeningAt === undefined ? undefined : performance.now()
    hidden = []
  }
  addEventListener('pagehide', () => note(window.leaving), { capture: true })
  addEventListener(
    'visibilitychange',
    event => {
      // Leaving hides the page too, after `pagehide`.
      if (!event.isTrusted) hidden.push({ at: performance.now(), visible: document.visibilityState === 'visible' })
    },
    { capture: true },
  )
}

/** Runs in a page of the same site that stayed open. */
export function readKept(prefix: string): readonly string[] {
  return Object.keys(localStorage)
    .filter(key => key.startsWith(prefix))
    .map(key => localStorage.getItem(key) ?? '')
}

export function parseKept(text: string): Kept {
  return JSON.parse(text)
}

export { PREFIX as KEPT_PREFIX }
