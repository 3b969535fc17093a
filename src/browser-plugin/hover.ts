import { distance } from './distance.ts'
import { OF_INTEREST } from './element-name.ts'
import { heaviest } from './heaviest.ts'
import { find, type Path } from './path.ts'
import { LIST_LIMITS } from './signals.ts'
import { createThresholds } from './threshold.ts'
import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

/** A shorter stay is the pointer passing by: the eye was there in 12–17 % of those, in 28 % from 200 ms on. */
const MIN_HOVER_MS = 200
/** A shorter stay of the keyboard's focus is a step on the way to somewhere else, ms. */
const MIN_FOCUS_MS = 1000
/** Without a move or a leave for this long, the mouse is parked and the hand elsewhere. */
const PARKED_MS = 10_000
/** A finger that strayed further than this was on its way elsewhere, px. */
const PRESS_PX = 8
/** Shorter is a tap; longer is meant for the browser's own menu. ms */
const MIN_PRESS_MS = 300
const MAX_PRESS_MS = 700
/** The element of a hover that goes on after this is watched, for the browser need not say that it was taken away. ms */
const WATCHED_AFTER_MS = 1000

/**
 * Measures how long the pointer rests on each named element. A hover begins with a real movement inside the element, not
 * when the page scrolls beneath a still pointer, and ends when the pointer or the element leaves, a button is pressed, the
 * page hides, or the mouse has been parked for ten seconds. A finger that rests on the element for a moment counts as one,
 * and so does the focus that the Tab key brings, where it stays for a second. Thresholds are told while it still goes on.
 */
export function trackHover({ page, settings, emit, nameOf }: View): Measures<'hovers'> {
  const totals = new Map<string, { ms: number; count: number; readonly reach: (total: number) => number }>()
  let last: PointerEvent | undefined
  let down: PointerEvent | undefined
  /** What is under the pointer. */
  let place: Path = []
  let under: string | undefined
  let tabbed = false
  let going: string | undefined
  let on: Path = []
  let since = 0
  let least = 0
  let lastMove = 0
  let unwatch: (() => void) | undefined
  // One timer, for the nearest threshold. It need not move along with the pointer: only the end of a hover matters.
  const wake = page.timer(() => {
    const element = find(on, OF_INTEREST)
    if (element && going !== undefined) unwatch ??= page.laidOut(() => element.isConnected || end(page.now()), element)
    check()
  })

  function begin(path: Path, at: number, leastMs: number): void {
    on = path
    going = nameOf(path)
    since = lastMove = at
    least = leastMs
    check()
  }

  /** @returns how long the hover going on counts at `at`, ms; 0 while it is too short to be one. */
  function lasted(at: number): number {
    const ms = Math.min(at, lastMove + PARKED_MS) - since
    return going !== undefined && ms >= least ? ms : 0
  }

  function totalOf(name: string) {
    const total = totals.get(name) ?? { ms: 0, count: 0, reach: createThresholds(settings.hoverMs, emit) }
    totals.set(name, total)
    return total
  }

  function check(): void {
    if (going === undefined) return
    const { ms, reach } = totalOf(going)
    const now = page.now()
    const counted = lasted(now)
    const missing = reach(ms + counted)
    const elapsed = now - since
    const next = Math.max(missing + counted - elapsed, least - elapsed, 1)
    if (now < lastMove + PARKED_MS) wake(unwatch ? next : Math.min(next, WATCHED_AFTER_MS))
  }

  function add(name: string, ms: number): void {
    const total = totalOf(name)
    total.ms += ms
    total.count++
    total.reach(total.ms)
  }

  function end(at: number): void {
    const ms = lasted(at)
    if (going !== undefined && ms) add(going, ms)
    going = undefined
    unwatch?.()
    unwatch = undefined
    wake()
  }

  function enter(at: number, path: Path): void {
    const name = nameOf(path)
    if (name !== under) end(at)
    under = name
    place = path
  }

  function pointed(event: PointerEvent, at: number, path: Path): void {
    // A pointer that rested there before anybody listened enters nothing: its first move says where it is.
    if (event.type === 'pointerover' || !last) enter(at, path)
    last = event
  }

  function pressed(event: PointerEvent, _at: number, path: Path): void {
    const name = nameOf(path)
    const ms = event.timeStamp - (down?.timeStamp ?? 0)
    const stayed = down && event.type === 'pointerup' && distance(down, event) <= PRESS_PX
    if (name !== undefined && stayed && ms >= MIN_PRESS_MS && ms <= MAX_PRESS_MS) add(name, ms)
    down = event.type === 'pointerdown' && event.pointerType === 'touch' ? event : undefined
    tabbed = false
  }

  function focused(event: FocusEvent, at: number, path: Path): void {
    if (!tabbed) return
    end(at)
    if (event.type === 'focusin') begin(path, at, MIN_FOCUS_MS)
  }

  return {
    totals() {
      const running = lasted(page.now())
      const hovers = [...totals].map(([element, { ms, count }]) => {
        const more = element === going ? running : 0
        return { element, ms: ms + more, count: count + (more && 1) }
      })
      return { hovers: heaviest(hovers, ({ ms }) => ms, LIST_LIMITS.hovers) }
    },
    scrolled() {
      if (going === undefined) return
      // The browser itself says what is under a still pointer only some time after the page moved beneath it.
      const element = last?.view?.document.elementFromPoint(last.clientX, last.clientY)
      if (element && element !== last?.target) enter(page.now(), [])
      return going
    },
    // Hidden pages get no pointer event: the hover would run on.
    hide: end,
    on: {
      pointerover: pointed,
      pointermove: pointed,
      pointerout(event, at) {
        // Without a related target the pointer left the window, or went into a frame.
        if (!event.relatedTarget) enter(at, [])
      },
      acted(event, at) {
        if (event.type !== 'pointermove') return
        const isPressed = (event as PointerEvent).buttons
        if (isPressed || least > MIN_HOVER_MS || at > lastMove + PARKED_MS) end(at)
        if (isPressed) return
        if (going === undefined) begin(place, at, MIN_HOVER_MS)
        lastMove = at
      },
      pointerdown: pressed,
      pointerup: pressed,
      pointercancel: pressed,
      keydown({ key }) {
        tabbed = key === 'Tab'
      },
      focusin: focused,
      focusout: focused,
    },
  }
}
