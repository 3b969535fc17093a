import { type Listen, type Stop, together } from './listen.ts'

/** Movement below this is the hand trembling, or a move the browser makes up after layout, px. */
const REAL_MOVE_PX = 3
/** A finger that strayed further than this was on its way elsewhere, px. */
const PRESS_PX = 8
/** Shorter is a tap; longer is meant for the browser's own menu. ms */
const PRESS_MS = { min: 300, max: 700 } as const

/** What a mouse, a pen or a finger did. A finger never moves without being pressed, so it never hovers. */
export type PointerStep =
  /** Something else is under it, innermost first, because it moved or the page did beneath it; nothing, outside the window. */
  | { readonly kind: 'over'; readonly at: number; readonly path: readonly EventTarget[] }
  | { readonly kind: 'move'; readonly at: number; readonly pressed: boolean }
  /** A finger rested for a moment and was lifted again, `ms` later. */
  | { readonly kind: 'press'; readonly at: number; readonly ms: number; readonly path: readonly EventTarget[] }

export interface PointerSource {
  readonly listen: Listen
  /** Once a frame while anything scrolls. */
  readonly onScroll: (run: () => void) => Stop
  now(): number
}

export function onPointer(run: (step: PointerStep) => void, { listen, onScroll, now }: PointerSource): Stop {
  const moved = realMoves()
  let last: PointerEvent | undefined
  let target: EventTarget | null = null
  let down: PointerEvent | undefined

  function over(at: number, path: readonly EventTarget[], onto: EventTarget | null): void {
    target = onto
    run({ kind: 'over', at, path })
  }

  return together(
    listen(['pointerover', 'pointermove', 'pointerout'], event => {
      const { type, timeStamp: at } = event
      if (!event.isTrusted) return
      // A pointer that rested there before anybody listened enters nothing: its first move says where it is.
      if (type === 'pointerover' || !last) over(at, event.composedPath(), event.target)
      last = event
      if (type === 'pointermove' && moved(event)) run({ kind: 'move', at, pressed: event.buttons > 0 })
      // Without a related target the pointer left the window, or went into a frame.
      if (type === 'pointerout' && !event.relatedTarget) over(at, [], null)
    }),
    listen(['pointerdown', 'pointerup', 'pointercancel'], event => {
      const ms = event.timeStamp - (down?.timeStamp ?? 0)
      const stayed = down?.pointerId === event.pointerId && distance(down, event) <= PRESS_PX
      if (event.type === 'pointerup' && stayed && ms >= PRESS_MS.min && ms <= PRESS_MS.max)
        run({ kind: 'press', at: event.timeStamp, ms, path: event.composedPath() })
      down = event.type === 'pointerdown' && event.isTrusted && event.pointerType === 'touch' ? event : undefined
    }),
    // The browser itself says what is under a still pointer only some time after the page moved beneath it.
    onScroll(() => {
      const element = last && target ? document.elementFromPoint(last.clientX, last.clientY) : null
      if (element !== target) over(now(), lineage(element), element)
    }),
  )
}

/** @returns the element and everything around it, innermost first. */
function lineage(element: Element | null): readonly Element[] {
  return element ? [element, ...lineage(element.parentElement)] : []
}

function distance(from: MouseEvent, to: MouseEvent): number {
  return Math.hypot(to.clientX - from.clientX, to.clientY - from.clientY)
}

/** @returns whether the pointer came {@link REAL_MOVE_PX} away from where it last did; its first position is no move. */
export function realMoves(): (event: PointerEvent) => boolean {
  let from: PointerEvent | undefined
  return event => {
    const moved = from !== undefined && distance(from, event) >= REAL_MOVE_PX
    if (moved || !from) from = event
    return moved
  }
}
