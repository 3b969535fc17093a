/**
 * The browser as the trackers see it: time, events, inputs, scrolling. It knows nothing of what is measured. Each listener
 * is passive, in the capture phase and guarded: an error of ours is reported and never reaches the page.
 */

import { distance } from './distance.ts'
import type { Handlers, Tracker } from './tracker.ts'

/** Scrolling later than this after an input is the page's own doing: `scrollTo`, an anchor, autoscroll. ms */
const SCROLL_AFTER_INPUT_MS = 500
/** Movement below this is the hand trembling, or a move the browser makes up after layout, px. */
const REAL_MOVE_PX = 3

export interface ScrollPosition {
  readonly top: number
  readonly viewport: number
  readonly height: number
  /** Of the window; another one after a zoom or a turn of the device, which lay everything out anew. CSS px */
  readonly windowWidth: number
}

/** Wraps what the browser calls, so that an error of ours is reported and never reaches the page. */
export type Guard = <A extends readonly unknown[]>(run: (...args: A) => void) => (...args: A) => void

/** What trackers ask of the page. Times are ms on the monotonic clock of `performance.now()`, which `event.timeStamp` shares. */
export interface Page {
  now(): number
  /** Makes a timer that runs once, so many ms after it was last set; set to nothing or to infinity, it does not. */
  timer(run: () => void): (ms?: number) => void
  /** Shown to the visitor: neither hidden nor prerendered. */
  isVisible(): boolean
  /** The document's scroller, or the large inner one where the document itself cannot scroll. Reads layout. */
  scrollPosition(): ScrollPosition
  readonly guard: Guard
}

export interface WholePage extends Page {
  /** The wall clock, only to stamp what is sent. */
  date(): Date
  /** Unique; works on plain http too, where `crypto.randomUUID` does not exist. */
  id(): string
  /** Tells these trackers from now on and no others. */
  follow(trackers: readonly Tracker[]): void
  /** Tells all that are followed. */
  tell(run: (tracker: Tracker) => void): void
  /** Ends what the followed ones timed and observe. */
  end(): void
  /** Nothing runs from here on. */
  close(): void
}

export interface PageOptions {
  readonly report: (error: unknown) => void
  /** Called before each event is told. */
  readonly before: () => void
  /** Whether what happens in frames of the same origin counts for the page. */
  readonly frames: boolean | undefined
}

export function openPage({ report, before, frames }: PageOptions): WholePage {
  const life = new AbortController()
  const options = { capture: true, passive: true, signal: life.signal }
  const targets = new Set<EventTarget>()
  let timers: (() => void)[] = []
  let followed: readonly Tracker[] = []
  let last: Event | undefined
  let scrolled: Element | null | undefined
  let scroller: Element | null | undefined
  let scrollsUntil = 0
  let byInput = false
  let framed = false
  let movedFrom: PointerEvent | undefined

  const guard: Guard =
    run =>
    (...args) => {
      try {
        run(...args)
      } catch (error) {
        report(error)
      }
    }

  const tell = (run: (tracker: Tracker) => void) => followed.forEach(run)

  function acted(event: Event, at: number): void {
    tell(tracker => tracker.acted?.(at, event))
  }

  function byHand(event: Event, at: number): void {
    scrollsUntil = at + SCROLL_AFTER_INPUT_MS
    acted(event, at)
  }

  const inputs: Handlers = {
    pointerdown: byHand,
    keydown: byHand,
    wheel: byHand,
    touchmove: byHand,
    copy: byHand,
    pointermove(event, at) {
      movedFrom ??= event
      if (distance(movedFrom, event) < REAL_MOVE_PX) return
      movedFrom = event
      acted(event, at)
    },
    pageshow() {
      // While the page was away the pointer went elsewhere: its next report tells only where it is.
      movedFrom = undefined
    },
    scroll(event, at, target) {
      scrolled = 'scrollingElement' in target ? (target as unknown as Document).scrollingElement : target
      if (at < scrollsUntil) {
        byInput = true
        acted(event, at)
      }
      if (framed) return
      framed = true
      requestAnimationFrame(
        guard(() => {
          framed = false
          if (isLarge(scrolled)) scroller = scrolled
          tell(tracker => tracker.scrolled?.(byInput))
          byInput = false
        }),
      )
    },
    load: joinFrames,
  }

  const heard = guard((event: Event) => {
    // What is heard twice, at the window and in a shadow root, is told once.
    if (event === last) return
    last = event
    before()
    const [target] = event.composedPath() as [HTMLElement]
    // Scroll, media and submit end at the shadow root they happen in, so it is listened to as soon as anything happens inside it.
    if (target !== event.target) join(target.getRootNode?.())
    // A frame has a clock of its own.
    const at = event.currentTarget === window ? event.timeStamp : performance.now()
    const type = (event.isTrusted || !('matches' in target) ? event.type : `fake:${event.type}`) as 'load'
    tell(({ on }) => on?.[type]?.(event, at, target))
  })

  function join(target: EventTarget | null | undefined): void {
    if (!target || targets.has(target)) return
    targets.add(target)
    attach(target)
  }

  /** What is attached twice is heard once. */
  function attach(target: EventTarget): void {
    tell(({ on }) => {
      for (const type in on) target.addEventListener(type, heard, options)
    })
  }

  /** A frame that is led elsewhere gets another document. */
  function joinFrames(): void {
    if (frames) for (const { contentDocument } of document.querySelectorAll('iframe')) join(contentDocument)
  }

  function follow(trackers: readonly Tracker[]): void {
    followed = [{ on: inputs }, ...trackers]
    targets.forEach(attach)
  }

  function end(): void {
    tell(tracker => tracker.stop?.())
    for (const stop of timers) stop()
    timers = []
  }

  join(window)
  join(window.navigation)
  // Of what loads within it, the window hears nothing.
  if (frames) join(document)
  joinFrames()

  return {
    now: () => performance.now(),
    date: () => new Date(),
    id: () => Date.now().toString(36) + Math.random().toString(36).slice(2),
    timer(run) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const set = (ms = Infinity) => {
        clearTimeout(timer)
        if (ms < Infinity) timer = setTimeout(guard(run), ms)
      }
      timers.push(set)
      return set
    },
    isVisible: () => document.visibilityState === 'visible',
    scrollPosition: () => scrollPosition(scroller),
    guard,
    follow,
    tell,
    end,
    close() {
      end()
      followed = []
      life.abort()
    },
  }
}

function isLarge(element: Element | null | undefined): element is Element {
  return !!element?.isConnected && element.clientWidth * element.clientHeight * 2 >= innerWidth * innerHeight
}

function scrollPosition(inner: Element | null | undefined): ScrollPosition {
  const page = document.documentElement
  const isFixed = page.scrollHeight - page.clientHeight < 2
  const { scrollTop, clientHeight: viewport, scrollHeight: height } = isFixed && isLarge(inner) ? inner : page
  // A rubber band reports positions beyond either end.
  return { top: Math.max(0, Math.min(scrollTop, height - viewport)), viewport, height, windowWidth: innerWidth }
}
