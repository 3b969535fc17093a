/**
 * The browser as the trackers see it: time, visibility, inputs, scrolling. It knows nothing of what is measured. Each
 * listener is passive, in the capture phase and guarded: an error of ours is reported and never reaches the page. All that
 * a page was asked for ends when it is closed.
 */

import { distance } from './distance.ts'

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

/** What makes a route: the path, or the path behind the hash, as in `/#/pricing`. */
export type Routes = 'path' | 'hash'

export interface PageAddress {
  readonly path: string
  readonly referrer: string
  readonly search: string
  readonly title: string
  readonly url: string
}

/** What the types of the DOM do not know, for not every browser has it. */
interface LifecycleEventMap {
  readonly freeze: Event
  readonly resume: Event
  readonly prerenderingchange: Event
}

export type PageEvents = WindowEventMap & DocumentEventMap & HTMLMediaElementEventMap & LifecycleEventMap

/** Wraps what the browser calls, so that an error of ours is reported and never reaches the page. */
export type Guard = <A extends readonly unknown[]>(run: (...args: A) => void) => (...args: A) => void

/** Times are ms on the monotonic clock of `performance.now()`, which `event.timeStamp` shares. */
export interface Page {
  now(): number
  /** The wall clock, only to stamp what is sent. */
  date(): Date
  /** Unique; works on plain http too, where `crypto.randomUUID` does not exist. */
  id(): string
  /** Makes a timer that runs once, so many ms after it was last set; set to nothing or to infinity, it does not. */
  timer(run: () => void): (ms?: number) => void
  /** Once the page has been laid out and painted, at most two frames from now. */
  onceSettled(run: () => void): void
  address(): PageAddress
  /** Shown to the visitor: neither hidden nor prerendered. */
  isVisible(): boolean
  /** The document's scroller, or the large inner one where the document itself cannot scroll. Reads layout. */
  scrollPosition(): ScrollPosition
  /** Shown or hidden; a frozen page is as good as hidden. May say the same twice. */
  onVisibility(run: (visible: boolean) => void): void
  /** Something only a present person does. */
  onInput(run: (at: number, event: Event) => void): void
  /** At most once a frame; `byInput` when the visitor did it, not the page. */
  onScroll(run: (byInput: boolean) => void): void
  /** Each event once, in the page, in its open shadow roots, and in its frames where those are let in. */
  listen<K extends keyof PageEvents>(types: readonly K[], run: (event: PageEvents[K], at: number) => void): void
  readonly guard: Guard
  onClose(run: () => void): void
  /** Nothing runs from here on. */
  close(): void
}

export interface PageOptions {
  readonly report?: ((error: unknown) => void) | undefined
  readonly routes?: Routes | undefined
  /** Whether what happens in frames of the same origin counts for the page. */
  readonly frames?: boolean | undefined
}

export function openPage({ report, routes, frames }: PageOptions = {}): Page {
  const life = new AbortController()
  const { signal } = life
  const ends: (() => void)[] = []
  const targets = new Set<EventTarget>([window])
  const attachments: ((target: EventTarget) => void)[] = []
  const inputRuns: ((at: number, event: Event) => void)[] = []
  let scroller: Element | undefined
  let scrollsUntil = 0
  let movedFrom: PointerEvent | undefined

  const guard: Guard =
    run =>
    (...args) => {
      try {
        if (!signal.aborted) run(...args)
      } catch (error) {
        report?.(error)
      }
    }

  /** What is heard twice, at the window and in a shadow root, is told once. */
  const listen: Page['listen'] = (types, run) => {
    let last: unknown
    const heard = guard((event: Event) => {
      if (event === last) return
      last = event
      run(event as never, event.timeStamp + skew(event.currentTarget))
    })
    const attach = (target: EventTarget) => {
      for (const type of types) target.addEventListener(type, heard, { capture: true, passive: true, signal })
    }
    attachments.push(attach)
    targets.forEach(attach)
  }

  function join(target: EventTarget | null | undefined): void {
    if (!target || targets.has(target)) return
    targets.add(target)
    for (const attach of attachments) attach(target)
  }

  /** A frame that is led elsewhere gets another document. */
  function joinFrames(): void {
    for (const frame of document.querySelectorAll('iframe')) join(frame.contentDocument)
  }

  // Scroll, media and submit end at the shadow root they happen in: it is listened to as soon as the visitor first does
  // something inside it, which comes before them.
  listen(['pointerdown', 'keydown', 'wheel'], event => {
    for (const node of event.composedPath()) if (node instanceof ShadowRoot) join(node)
  })
  listen(['pointerdown', 'keydown', 'wheel', 'touchmove', 'copy', 'pointermove', 'scroll'], (event, at) => {
    if (event.type === 'scroll' ? at > scrollsUntil : !event.isTrusted) return
    if (event.type === 'pointermove') {
      const move = event as PointerEvent
      const from = movedFrom ?? move
      const moved = distance(from, move) >= REAL_MOVE_PX
      movedFrom = moved ? move : from
      if (!moved) return
    } else if (event.type !== 'scroll') scrollsUntil = at + SCROLL_AFTER_INPUT_MS
    for (const run of inputRuns) run(at, event)
  })
  if (frames) {
    document.addEventListener('load', guard(joinFrames), { capture: true, signal })
    joinFrames()
  }

  return {
    now: () => performance.now(),
    date: () => new Date(),
    id: () => Array.from(crypto.getRandomValues(new Uint32Array(4)), number => number.toString(36)).join(''),
    timer(run) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const set = (ms = Infinity) => {
        clearTimeout(timer)
        if (ms < Infinity) timer = setTimeout(guard(run), ms)
      }
      ends.push(set)
      return set
    },
    onceSettled: run => requestAnimationFrame(() => requestAnimationFrame(guard(run))),
    address: () => address(routes),
    isVisible,
    scrollPosition: () => scrollPosition(scroller),
    onVisibility: run =>
      listen(['visibilitychange', 'prerenderingchange', 'freeze', 'resume'], ({ type }) =>
        run(type !== 'freeze' && isVisible()),
      ),
    onInput: run => inputRuns.push(run),
    onScroll(run) {
      let frame = 0
      let byInput = false
      listen(['scroll'], ({ target }, at) => {
        const scrolled = target instanceof Element ? target : (target as Document).scrollingElement
        byInput ||= at < scrollsUntil
        frame ||= requestAnimationFrame(
          guard(() => {
            frame = 0
            if (scrolled && isLarge(scrolled)) scroller = scrolled
            run(byInput)
            byInput = false
          }),
        )
      })
    },
    listen,
    guard,
    onClose: run => ends.push(run),
    close() {
      life.abort()
      for (const end of ends) end()
    },
  }
}

/** How far the clock of the frame that tells is ahead of ours, ms. */
function skew(target: EventTarget | null): number {
  const view = (target as Partial<Document>).defaultView ?? window
  return view.performance.timeOrigin - performance.timeOrigin
}

/** A prerendered page reports itself hidden until it is shown. */
function isVisible(): boolean {
  return document.visibilityState === 'visible'
}

function address(routes: Routes | undefined): PageAddress {
  const { pathname, search, origin, hash } = location
  const { title, referrer } = document
  // The route behind the hash, such as `/pricing` of `#/pricing` or `#!/pricing`; an anchor is none.
  const hashed = routes === 'hash' ? /^#!?(\/[^?]*)/.exec(hash)?.[1] : undefined
  const url = origin + pathname + search + (hashed ? `#${hashed}` : '')
  return { path: hashed ?? pathname, search, url, title, referrer }
}

function isLarge(element: Element): boolean {
  return element.isConnected && element.clientWidth * element.clientHeight * 2 >= innerWidth * innerHeight
}

function scrollPosition(inner: Element | undefined): ScrollPosition {
  const page = document.scrollingElement ?? document.documentElement
  const fixed = page.scrollHeight - page.clientHeight < 2
  const { scrollTop, clientHeight: viewport, scrollHeight: height } = fixed && inner && isLarge(inner) ? inner : page
  // A rubber band reports positions beyond either end.
  return { top: Math.max(0, Math.min(scrollTop, height - viewport)), viewport, height, windowWidth: innerWidth }
}
