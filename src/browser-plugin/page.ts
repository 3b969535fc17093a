/**
 * The browser as the trackers see it: time, visibility, pointer, scroll, clicks, routes. The one file here that touches the
 * page; it knows nothing of what is measured. Each listener is passive, in the capture phase and guarded: an error of ours
 * is reported and never reaches the page.
 */

import { type Exposure, type ExposureOptions, watchExposure } from './exposure.ts'
import { createListen, type Guard, type Listen, listenInRoots, type Stop, together } from './listen.ts'
import { onPointer, type PointerStep, realMoves } from './pointer.ts'

export { type Stop, together } from './listen.ts'
export type { PointerStep } from './pointer.ts'

/** Scrolling later than this after an input is the page's own doing: `scrollTo`, an anchor, autoscroll. ms */
const SCROLL_AFTER_INPUT_MS = 500

export interface Click {
  readonly at: number
  readonly path: readonly EventTarget[]
  /** False when a script dispatched it. */
  readonly trusted: boolean
  /** Where in the window, px; absent when a key made it. */
  readonly spot?: { readonly x: number; readonly y: number } | undefined
  /** The link it follows, wherever that opens. */
  readonly link?: HTMLAnchorElement | undefined
  /** Where the click leads in this tab; absent when it stays on the page or opens another tab. */
  readonly leadsTo?: 'same-site' | 'elsewhere' | undefined
}

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

/** Times are ms on the monotonic clock of `performance.now()`, which `event.timeStamp` shares. */
export interface Page {
  now(): number
  /** The wall clock, only to stamp what is sent. */
  date(): Date
  /** Unique; works on plain http too, where `crypto.randomUUID` does not exist. */
  id(): string
  after(ms: number, run: () => void): Stop
  /** Once the page has been laid out and painted, at most two frames from now. */
  onceSettled(run: () => void): void
  address(): PageAddress
  /** Shown to the visitor: neither hidden nor prerendered. */
  isVisible(): boolean
  /** Whether the main pointer can point without touching. */
  hovers(): boolean
  /** The document's scroller, or the large inner one where the document itself cannot scroll. Reads layout. */
  scrollPosition(): ScrollPosition
  /** Shown or hidden; a frozen page is as good as hidden. May say the same twice. */
  onVisibility(run: (visible: boolean) => void): Stop
  onPointer(run: (step: PointerStep) => void): Stop
  /** Something only a present person does. */
  onInput(run: (at: number) => void): Stop
  /** At most once a frame; `byInput` when the visitor did it, not the page. */
  onScroll(run: (byInput: boolean) => void): Stop
  onExposure(run: (element: Element, exposed: boolean) => void, options: ExposureOptions): Exposure
  /** Also the middle button's. */
  onClick(run: (click: Click) => void): Stop
  /** Whatever else happens on the page and in its open shadow roots, for those who look into the events themselves. */
  readonly listen: Listen
  /** The page is being left; `restorable` when it may come back as it was. */
  onLeave(run: (restorable: boolean) => void): Stop
  /** The page came back from the back/forward cache. */
  onRestore(run: () => void): Stop
  /** The route changed without a page load. Other changes of query or hash are not reported. */
  onRoute(run: () => void): Stop
}

export function openPage(report: (error: unknown) => void = () => undefined, routes: Routes = 'path'): Page {
  let scroller: Element | undefined

  const guard: Guard =
    run =>
    (...args) => {
      try {
        run(...args)
      } catch (error) {
        report(error)
      }
    }

  const listen = createListen(guard)
  const listenDeep = listenInRoots(listen)
  const now = () => performance.now()

  function onScroll(run: (byInput: boolean) => void): Stop {
    const isInput = inputs(listen)
    let frame = 0
    let byInput = false
    let candidate: Element | undefined
    const stop = listenDeep(['scroll'], ({ target, timeStamp }) => {
      if (target instanceof Element) candidate = target
      byInput ||= isInput.shortly(timeStamp)
      frame ||= requestAnimationFrame(
        guard(() => {
          frame = 0
          if (candidate && isLarge(candidate)) scroller = candidate
          run(byInput)
          byInput = false
        }),
      )
    })
    return together(stop, isInput.stop, () => cancelAnimationFrame(frame))
  }

  return {
    now,
    date: () => new Date(),
    id: () => Array.from(crypto.getRandomValues(new Uint32Array(4)), number => number.toString(36)).join(''),
    after(ms, run) {
      const timer = setTimeout(guard(run), ms)
      return () => clearTimeout(timer)
    },
    onceSettled: run => requestAnimationFrame(() => requestAnimationFrame(guard(run))),
    address: () => address(routes),
    isVisible,
    hovers: () => matchMedia('(hover: hover)').matches,
    scrollPosition: () => scrollPosition(scroller),
    onVisibility: run =>
      listen(['visibilitychange', 'prerenderingchange', 'freeze', 'resume'], ({ type }) =>
        run(type !== 'freeze' && isVisible()),
      ),
    onPointer: run => onPointer(run, { listen, onScroll, now }),
    onInput: run => onInput(run, listen),
    onScroll,
    onExposure: (run, options) => watchExposure(run, options, guard),
    onClick: run => listen(['click', 'auxclick'], event => event.button < 2 && run(toClick(event))),
    listen: listenDeep,
    onLeave: run => listen(['pagehide'], event => run(event.persisted)),
    onRestore: run => listen(['pageshow'], event => event.persisted && run()),
    onRoute: run => onRoute(run, listen, routes),
  }
}

/** A prerendered page reports itself hidden until it is shown. */
function isVisible(): boolean {
  return document.visibilityState === 'visible'
}

/** The route behind the hash, such as `/pricing` of `#/pricing` or `#!/pricing`; an anchor is none. */
function hashRoute(): string | undefined {
  return /^#!?(\/[^?]*)/.exec(location.hash)?.[1]
}

function address(routes: Routes): PageAddress {
  const { pathname, search, origin } = location
  const { title, referrer } = document
  const hashed = routes === 'hash' ? hashRoute() : undefined
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

/** Notes what only a present person does, and says whether a scroll may be their doing. */
function inputs(listen: Listen, run: (at: number) => void = () => undefined) {
  let scrollsUntil = 0
  const stop = listen(['pointerdown', 'keydown', 'wheel', 'touchmove', 'copy'], ({ isTrusted, timeStamp }) => {
    if (!isTrusted) return
    scrollsUntil = timeStamp + SCROLL_AFTER_INPUT_MS
    run(timeStamp)
  })
  return { stop, shortly: (at: number) => at < scrollsUntil }
}

function onInput(run: (at: number) => void, listen: Listen): Stop {
  const moved = realMoves()
  const input = inputs(listen, run)
  return together(
    input.stop,
    listen(['pointermove'], event => event.isTrusted && moved(event) && run(event.timeStamp)),
    listen(['scroll'], ({ timeStamp }) => input.shortly(timeStamp) && run(timeStamp)),
  )
}

function toClick(event: MouseEvent): Click {
  const path = event.composedPath()
  const anchor = path.find(node => node instanceof HTMLAnchorElement)
  const link = anchor?.href ? anchor : undefined
  // The middle button and, held, these keys open another tab or window; a download leaves nothing.
  const keyed = event.button || event.ctrlKey || event.metaKey || event.shiftKey
  const stays = !link || keyed || link.target === '_blank' || link.download
  return {
    at: event.timeStamp,
    path,
    trusted: event.isTrusted,
    spot: event.detail > 0 ? { x: event.clientX, y: event.clientY } : undefined,
    link,
    leadsTo: stays ? undefined : link.host === location.host ? 'same-site' : 'elsewhere',
  }
}

function onRoute(run: () => void, listen: Listen, routes: Routes): Stop {
  let { path } = address(routes)
  function check(): void {
    const next = address(routes).path
    if (next === path) return
    path = next
    run()
  }
  const { navigation }: { readonly navigation?: Navigation } = window
  if (navigation) return listen(['currententrychange'], check, navigation)
  // Without the Navigation API the site's own `page()` calls tell, or else the next input; its `history` is not patched.
  return listen(['popstate', 'pointerdown', 'keydown', 'scroll'], check)
}
