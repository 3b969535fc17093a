/** What the bench itself sees on the page, with the browser's own time stamps. Nothing of the plugin is asked or used. */

/** One event as the browser delivered it. */
export interface Recorded {
  readonly type: string
  /** `event.timeStamp`, ms. */
  readonly at: number
  /** The innermost named element under the pointer, by the mark that the scene gave it. */
  readonly on: string | undefined
  readonly x: number
  readonly y: number
}

declare global {
  interface Window {
    recorded: Recorded[]
    /** When the plugin began to listen, ms; what was before, nobody could measure. */
    listeningAt: number | undefined
  }
}

/** Runs in the page before anything else. */
export function record(): void {
  window.recorded = []
  const types = [
    'pointerover',
    'pointermove',
    'pointerout',
    'pointerdown',
    'pointerup',
    'keydown',
    'wheel',
    'touchmove',
    'scroll',
    'click',
    'focusin',
  ]
  const note = (event: Event) => {
    const [inner] = event.composedPath()
    const { clientX: x, clientY: y } = event instanceof MouseEvent ? event : { clientX: 0, clientY: 0 }
    const leaves = event instanceof PointerEvent && event.type === 'pointerout'
    if (leaves && event.relatedTarget) return
    const named = inner instanceof Element && !leaves ? nearest(inner) : undefined
    if (event.isTrusted) window.recorded.push({ type: event.type, at: event.timeStamp, on: named, x, y })
  }
  function nearest(element: Element): string | undefined {
    const root = element.getRootNode()
    const found =
      element.closest('[data-inkling]') ?? (root instanceof ShadowRoot ? root.host.closest('[data-inkling]') : null)
    return found?.getAttribute('data-inkling') ?? undefined
  }
  for (const type of types) window.addEventListener(type, note, { capture: true, passive: true })
  // Nobody else here listens for this one: from the moment the plugin does, it is to be held to what happens.
  const { addEventListener } = EventTarget.prototype
  EventTarget.prototype.addEventListener = function (type: string, ...rest) {
    if (type === 'pointermove') window.listeningAt ??= performance.now()
    addEventListener.call(this, type, ...rest)
  }
}

/** What only a present person does. A pointer that did not move was moved by layout; scrolling follows one of these. */
const INTENTS = new Set(['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchmove'])
const REAL_MOVE_PX = 3

/** @returns the times of the inputs, ms. Scrolling counts while it follows an input within half a second. */
export function intentsOf(events: readonly Recorded[]): readonly number[] {
  let from: Recorded | undefined
  let until = 0
  return events.flatMap(event => {
    if (event.type === 'scroll') return event.at < until ? [event.at] : []
    if (!INTENTS.has(event.type)) return []
    if (event.type !== 'pointermove') {
      until = event.at + 500
      return [event.at]
    }
    const moved = from !== undefined && Math.hypot(event.x - from.x, event.y - from.y) >= REAL_MOVE_PX
    if (moved || !from) from = event
    return moved ? [event.at] : []
  })
}

export interface Span {
  readonly from: number
  readonly to: number
}

export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + Math.max(to - from, 0), 0)
}

/**
 * @returns how long somebody was active in a page view, ms: from each input until `idleMs` after it. Hiding ends that, and after it
 * activity begins with the next input; what was done just before the view began counts into it.
 */
export function activeTruth(intents: readonly number[], visible: readonly Span[], idleMs: number): number {
  return visible.reduce((sum, { from, to }, index) => {
    let until = from
    let active = 0
    for (const at of intents.filter(at => at <= to && (at >= from || index === 0))) {
      const end = Math.min(at + idleMs, to)
      active += Math.max(end - Math.max(at, until), 0)
      until = Math.max(until, end)
    }
    return sum + active
  }, 0)
}
