/**
 * The browser as the trackers see it: time, events, inputs, scrolling. It knows nothing of what is measured. Each listener
 * is passive, in the capture phase and guarded: an error of ours is reported and never reaches the page.
 *
 * What happens is only noted while the page waits, and told a little later, all of it in order. Time stands still meanwhile:
 * whoever is told of an event and asks for the time gets the event's.
 */

import { distance } from './distance.ts'
import type { Path } from './path.ts'
import type { Handlers, Tracker } from './tracker.ts'

/** What was heard is told after this at the latest, ms, or when there is so much of it. */
const TELL_WITHIN_MS = 1000
const MAX_HEARD = 100
/** Scrolling later than this after an input is the page's own doing: `scrollTo`, an anchor, autoscroll. ms */
const SCROLL_AFTER_INPUT_MS = 500
/** A scrolling page is looked at this often: what only flew past between two looks is not seen. ms */
const LOOK_MS = 250
/** Movement below this is the hand trembling, or a move the browser makes up after layout, px. */
const REAL_MOVE_PX = 3
/** What comes with every frame. A listener costs more to call than these are worth, so theirs does nothing but keep them. */
const OFTEN = /move|wheel|out$/

export interface ScrollPosition {
  readonly top: number
  readonly viewport: number
  readonly height: number
  /** Of the window; another one after a zoom or a turn of the device, which lay everything out anew. CSS px */
  readonly windowWidth: number
}

/** Wraps what the browser calls, so that an error of ours is reported and never reaches the page. */
export type Guard = <A>(run: (told: A) => void) => (told: A) => void

/** What trackers ask of the page. Times are ms on the monotonic clock of `performance.now()`, which `event.timeStamp` shares. */
export interface Page {
  /** The time of what is told, else the time it is. */
  now(): number
  /** Tells what was heard until now. Whatever the browser calls outside of these pages' timers and layouts does it first. */
  settle(): void
  /** Makes a timer that runs once, so many ms after it was last set; set to nothing or to infinity, it does not. */
  timer(run: () => void): (ms?: number) => void
  /**
   * Calls when the page has next been laid out, so that reading it costs nothing; with an element, also whenever that comes
   * into view, leaves it, or is taken away. Returns what ends it.
   */
  laidOut(run: (entry: IntersectionObserverEntry) => void, element?: Element): () => void
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
  /** Tells all that are followed, after whatever was heard before. */
  tell(run: (tracker: Tracker) => void): void
  /** Ends what the followed ones timed and observe. */
  end(): void
  /** Nothing runs from here on. */
  close(): void
}

export interface PageOptions {
  readonly report: (error: unknown) => void
  /** Whether what happens in frames of the same origin counts for the page. */
  readonly frames: boolean | undefined
}

type Handler = (event: Event, at: number, path: Path) => unknown
/** By the type of event. */
type Table = Record<string, readonly Handler[] | undefined>
/** An event with its type, and its time where that is not its own: that is read as late as it is needed. */
type Heard = readonly [event: Event, path: Path, type: string, at: number | undefined | false]

export function openPage({ report, frames }: PageOptions): WholePage {
  const life = new AbortController()
  const options = { capture: true, passive: true, signal: life.signal }
  const targets = new Set<EventTarget>()
  const listeners: Record<string, (event: Event) => void> = {}
  const stops = new Set<() => void>()
  let followed: readonly Tracker[] = []
  let later: Table = {}
  let atOnce: Table = {}
  let heard: Heard[] = []
  let telling: number | undefined
  let last: Event | undefined
  let scrolled: Element | null | undefined
  let scroller: Element | null | undefined
  let scrollsUntil = 0
  let byInput = false
  let looking = false
  let lookedAt = -Infinity
  let movedFrom: PointerEvent | undefined
  let placed = false

  const guard: Guard = run => told => {
    try {
      run(told)
    } catch (error) {
      report(error)
    }
  }

  const now = () => telling ?? performance.now()
  const tellSoon = timer(tellHeard)
  const lookLater = timer(look)

  const tellOne = guard(([event, path, type, at]: Heard) => {
    telling = at || event.timeStamp
    for (const handle of later[isFake(event, path[0]) ? `fake:${type}` : type] ?? []) handle(event, telling, path)
  })

  function tellHeard(): void {
    const all = heard
    heard = []
    all.forEach(tellOne)
    telling = undefined
  }

  function tell(run: (tracker: Tracker) => void): void {
    tellHeard()
    followed.forEach(run)
  }

  function acted(event: Event, at: number): void {
    for (const handle of later['acted'] ?? []) handle(event, at, [])
  }

  function byHand(event: Event, at: number): void {
    scrollsUntil = at + SCROLL_AFTER_INPUT_MS
    acted(event, at)
  }

  const own: Tracker = {
    on: {
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
      scroll(event, at, [target]) {
        scrolled = (target as Document).scrollingElement ?? (target as Element)
        if (at >= scrollsUntil) return
        byInput = true
        acted(event, at)
      },
    },
    now: {
      scroll(_event, at) {
        if (looking) return
        looking = true
        const wait = lookedAt + LOOK_MS - at
        if (wait > 0) lookLater(wait)
        else look()
      },
      load: joinFrames,
    },
  }

  function look(): void {
    laidOut(() => {
      looking = false
      lookedAt = now()
      if (isLarge(scrolled)) scroller = scrolled
      tell(tracker => {
        if (tracker.scrolled?.(byInput)) lookedAt = -Infinity
      })
      byInput = false
    })
  }

  function join(target: EventTarget | null | undefined): void {
    if (!target || targets.has(target)) return
    targets.add(target)
    attach(target)
  }

  /** What is attached twice is heard once. */
  function attach(target: EventTarget): void {
    for (const key in { ...later, ...atOnce }) {
      const type = key.replace('fake:', '')
      listeners[type] ??= listener(type)
      target.addEventListener(type, listeners[type], options)
    }
  }

  function listener(type: string): (event: Event) => void {
    const isOften = OFTEN.test(type)
    const isScroll = type === 'scroll'
    return guard(event => {
      // What is heard twice, at the window and in a shadow root, is told once.
      if (event === last) return
      last = event
      // Paths cost more than all else. The first move of a view has one, for it says where the pointer is.
      const path = isScroll ? [event.target as EventTarget] : isOften && placed ? [] : event.composedPath()
      const [target] = path as [HTMLElement]
      placed ||= isOften
      // Scroll, media and submit end at the shadow root they happen in, so it is listened to as soon as anything happens inside it.
      if (!isScroll && !isOften && target !== event.target) join(target.getRootNode?.())
      // A frame has a clock of its own.
      const at = frames && event.currentTarget !== window && performance.now()
      if (atOnce[type] && (isScroll || !isFake(event, target)))
        for (const handle of atOnce[type]) handle(event, at || event.timeStamp, path)
      const count = later[type] && heard.push([event, path, type, at])
      if (count === 1) tellSoon(TELL_WITHIN_MS)
      else if (count === MAX_HEARD) tellHeard()
    })
  }

  /** A frame that is led elsewhere gets another document. */
  function joinFrames(): void {
    if (frames) for (const { contentDocument } of document.querySelectorAll('iframe')) join(contentDocument)
  }

  function follow(trackers: readonly Tracker[]): void {
    followed = [own, ...trackers]
    later = tableOf(followed.map(({ on }) => on))
    atOnce = tableOf(followed.map(({ now }) => now))
    // Meanwhile the pointer went elsewhere: its next report tells only where it is.
    movedFrom = undefined
    placed = false
    targets.forEach(attach)
  }

  function end(): void {
    tell(tracker => tracker.stop?.())
    for (const stop of stops) stop()
    stops.clear()
    looking = false
  }

  function laidOut(run: (entry: IntersectionObserverEntry) => void, element?: Element): () => void {
    const observer = new IntersectionObserver(
      guard(([entry]) => {
        tellHeard()
        if (!element) stop()
        if (entry) run(entry)
      }),
    )
    function stop(): void {
      observer.disconnect()
      stops.delete(stop)
    }
    stops.add(stop)
    observer.observe(element ?? document.documentElement)
    return stop
  }

  /** Setting it anew costs the browser nothing: it rings at the earliest time it was set to, and then looks whether it is due. */
  function timer(run: () => void): (ms?: number) => void {
    let timeout: ReturnType<typeof setTimeout> | undefined
    let due = Infinity
    let rings = Infinity
    const ring = guard<void>(() => {
      rings = Infinity
      tellHeard()
      if (performance.now() < due) return arm()
      due = Infinity
      run()
    })
    function stop(): void {
      clearTimeout(timeout)
      due = rings = Infinity
    }
    function arm(): void {
      if (due >= rings) return
      clearTimeout(timeout)
      rings = due
      stops.add(stop)
      timeout = setTimeout(ring, due - performance.now())
    }
    return (ms = Infinity) => {
      due = now() + ms
      arm()
    }
  }

  join(window)
  join(window.navigation)
  // Of what loads within it, the window hears nothing.
  if (frames) join(document)
  joinFrames()

  return {
    now,
    settle: tellHeard,
    date: () => new Date(),
    id: () => Date.now().toString(36) + Math.random().toString(36).slice(2),
    timer,
    laidOut,
    isVisible: () => document.visibilityState === 'visible',
    scrollPosition: () => scrollPosition(scroller),
    guard,
    follow,
    tell,
    end,
    close() {
      end()
      follow([])
      life.abort()
    },
  }
}

/** Made by a script, on an element; what we are told of the window and the document is taken as it comes. */
function isFake({ isTrusted }: Event, target: object | undefined): boolean {
  return !isTrusted && (!target || 'matches' in target)
}

function tableOf(all: readonly (Handlers | undefined)[]): Table {
  const table: Table = {}
  for (const handlers of all)
    for (const [type, handle] of Object.entries(handlers ?? {}))
      table[type] = [...(table[type] ?? []), handle as Handler]
  return table
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
