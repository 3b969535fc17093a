/**
 * The browser as the trackers see it: time, visibility, pointer, scroll, clicks, routes. The one file here that touches the
 * page; it knows nothing of what is measured. Each listener is passive, in the capture phase and guarded: an error of ours
 * is reported and never reaches the page.
 */

/** Movement below this is the hand trembling, or a move the browser makes up after layout, px. */
const REAL_MOVE_PX = 3
/** Scrolling later than this after an input is the page's own doing: `scrollTo`, an anchor, autoscroll. ms */
const SCROLL_AFTER_INPUT_MS = 500

export type Stop = () => void

export function together(...stops: readonly Stop[]): Stop {
  return () => {
    for (const stop of stops) stop()
  }
}

/** What a mouse or a pen did. A finger never moves without being pressed, so it never hovers. */
export type PointerStep =
  /** Something else is under it, innermost first, because it moved or the page did beneath it; nothing, outside the window. */
  | { readonly kind: 'over'; readonly at: number; readonly path: readonly EventTarget[] }
  | { readonly kind: 'move'; readonly at: number; readonly pressed: boolean }

export interface Click {
  readonly at: number
  readonly path: readonly EventTarget[]
  /** False when a script dispatched it. */
  readonly trusted: boolean
  /** Where in the window, px; absent when a key made it. */
  readonly spot?: { readonly x: number; readonly y: number }
  /** The link it follows, wherever that opens. */
  readonly link?: HTMLAnchorElement
  /** Where the click leads in this tab; absent when it stays on the page or opens another tab. */
  readonly leadsTo?: 'same-site' | 'elsewhere'
}

export interface ScrollPosition {
  readonly top: number
  readonly viewport: number
  readonly height: number
}

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
  isVisible(): boolean
  /** The document's scroller, or the large inner one where the document itself cannot scroll. Reads layout. */
  scrollPosition(): ScrollPosition
  onVisibility(run: (visible: boolean) => void): Stop
  onPointer(run: (step: PointerStep) => void): Stop
  /** Something only a present person does. */
  onInput(run: (at: number) => void): Stop
  /** At most once a frame. */
  onScroll(run: () => void): Stop
  /** Also the middle button's. */
  onClick(run: (click: Click) => void): Stop
  /** Whatever else happens on the page, for those who look into the events themselves. */
  readonly listen: Listen
  /** The page is being left; `restorable` when it may come back as it was. */
  onLeave(run: (restorable: boolean) => void): Stop
  /** The page came back from the back/forward cache. */
  onRestore(run: () => void): Stop
  /** The path changed without a page load. Changes of query or hash alone are not reported. */
  onRoute(run: () => void): Stop
}

export function openPage(report: (error: unknown) => void = () => undefined): Page {
  let innerScroller: Element | undefined

  function guard<A extends readonly unknown[]>(run: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        run(...args)
      } catch (error) {
        report(error)
      }
    }
  }

  const listen: Listen = (types, run, target = window) => {
    const life = new AbortController()
    const options = { capture: true, passive: true, signal: life.signal }
    for (const type of types) target.addEventListener(type, guard(run), options)
    return () => life.abort()
  }

  return {
    now: () => performance.now(),
    date: () => new Date(),
    id: () => Array.from(crypto.getRandomValues(new Uint32Array(4)), number => number.toString(36)).join(''),
    after(ms, run) {
      const timer = setTimeout(guard(run), ms)
      return () => clearTimeout(timer)
    },
    onceSettled: run => requestAnimationFrame(() => requestAnimationFrame(guard(run))),
    address,
    isVisible,
    scrollPosition: () => scrollPosition(innerScroller),
    onVisibility: run => listen(['visibilitychange'], () => run(isVisible())),
    onPointer: run => onPointer(run, listen),
    onInput: run => onInput(run, listen),
    onScroll(run) {
      let due = false
      return listen(['scroll'], ({ target }) => {
        if (target instanceof Element) innerScroller = target
        if (due) return
        due = true
        requestAnimationFrame(
          guard(() => {
            due = false
            run()
          }),
        )
      })
    },
    onClick: run => listen(['click', 'auxclick'], event => event.button < 2 && run(toClick(event))),
    listen,
    onLeave: run => listen(['pagehide'], event => run(event.persisted)),
    onRestore: run => listen(['pageshow'], event => event.persisted && run()),
    onRoute: run => onRoute(run, listen),
  }
}

type PageEvents = WindowEventMap & DocumentEventMap & NavigationEventMap
export type Listen = <K extends keyof PageEvents>(
  types: readonly K[],
  run: (event: PageEvents[K]) => void,
  target?: Target,
) => Stop
interface Target {
  addEventListener<K extends keyof PageEvents>(
    type: K,
    run: (event: PageEvents[K]) => void,
    options: AddEventListenerOptions,
  ): void
}

/** A prerendered page reports itself hidden until it is shown. */
function isVisible(): boolean {
  return document.visibilityState === 'visible'
}

function address(): PageAddress {
  const { pathname, search, origin } = location
  const { title, referrer } = document
  return { path: pathname, search, url: origin + pathname + search, title, referrer }
}

function scrollPosition(inner: Element | undefined): ScrollPosition {
  const page = document.scrollingElement ?? document.documentElement
  const fixed = page.scrollHeight - page.clientHeight < 2
  const large = inner?.isConnected && inner.clientWidth * inner.clientHeight * 2 >= innerWidth * innerHeight
  const { scrollTop, clientHeight: viewport, scrollHeight: height } = fixed && large ? inner : page
  // A rubber band reports positions beyond either end.
  return { top: Math.max(0, Math.min(scrollTop, height - viewport)), viewport, height }
}

function onPointer(run: (step: PointerStep) => void, listen: Listen): Stop {
  const moved = realMoves()
  let placed = false
  function over(at: number, path: readonly EventTarget[]): void {
    placed = true
    run({ kind: 'over', at, path })
  }
  return listen(['pointerover', 'pointermove', 'pointerout'], event => {
    const { type, timeStamp: at } = event
    if (!event.isTrusted) return
    // A pointer that rested there before anybody listened enters nothing: its first move says where it is.
    if (type === 'pointerover' || !placed) over(at, event.composedPath())
    if (type === 'pointermove' && moved(event)) run({ kind: 'move', at, pressed: event.buttons > 0 })
    // Without a related target the pointer left the window, or went into a frame.
    if (type === 'pointerout' && !event.relatedTarget) over(at, [])
  })
}

/** @returns whether the pointer came {@link REAL_MOVE_PX} away from where it last did; its first position is no move. */
function realMoves(): (event: PointerEvent) => boolean {
  let from: PointerEvent | undefined
  return event => {
    const px = from ? Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) : 0
    const moved = px >= REAL_MOVE_PX
    if (moved || !from) from = event
    return moved
  }
}

function onInput(run: (at: number) => void, listen: Listen): Stop {
  const moved = realMoves()
  let scrollsUntil = 0
  return together(
    listen(['pointermove'], event => event.isTrusted && moved(event) && run(event.timeStamp)),
    listen(['scroll'], ({ timeStamp }) => timeStamp < scrollsUntil && run(timeStamp)),
    listen(['pointerdown', 'keydown', 'wheel', 'touchmove', 'copy'], ({ isTrusted, timeStamp }) => {
      if (!isTrusted) return
      scrollsUntil = timeStamp + SCROLL_AFTER_INPUT_MS
      run(timeStamp)
    }),
  )
}

function toClick(event: MouseEvent): Click {
  const path = event.composedPath()
  const link = path.find(node => node instanceof HTMLAnchorElement)
  const click = {
    at: event.timeStamp,
    path,
    trusted: event.isTrusted,
    ...(event.detail > 0 && { spot: { x: event.clientX, y: event.clientY } }),
    ...(link?.href && { link }),
  }
  // The middle button and, held, these keys open another tab or window; a download leaves nothing.
  const keyed = event.button || event.ctrlKey || event.metaKey || event.shiftKey
  if (!link?.href || keyed || link.target === '_blank' || link.download) return click
  return { ...click, leadsTo: link.host === location.host ? 'same-site' : 'elsewhere' }
}

function onRoute(run: () => void, listen: Listen): Stop {
  let path = location.pathname
  function check(): void {
    if (location.pathname === path) return
    path = location.pathname
    run()
  }
  const { navigation }: { readonly navigation?: Navigation } = window
  if (navigation) return listen(['currententrychange'], check, navigation)
  // Without the Navigation API the site's own `page()` calls tell, or else the next input; its `history` is not patched.
  return listen(['popstate', 'pointerdown', 'keydown', 'scroll'], check)
}
