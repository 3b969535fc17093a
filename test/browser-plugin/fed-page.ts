import { type EngagementOptions, toSettings } from '../../src/browser-plugin/options.ts'
import type { Page, ScrollPosition } from '../../src/browser-plugin/page.ts'
import type { Path } from '../../src/browser-plugin/path.ts'
import type { Tracker } from '../../src/browser-plugin/tracker.ts'
import type { View } from '../../src/browser-plugin/view.ts'

/** What a mouse or a finger did. */
export type PointerStep =
  /** Something else is under it, because it moved or the page did beneath it; nothing, outside the window. */
  | { readonly kind: 'over'; readonly path: Path }
  /** A real movement. */
  | { readonly kind: 'move'; readonly pressed: boolean }
  /** A finger rested for so long and was lifted again. */
  | { readonly kind: 'press'; readonly ms: number; readonly path: Path }
  /** The Tab key brought the focus there, or took it from there. */
  | { readonly kind: 'focusin' | 'focusout'; readonly path: Path }

/** A page fed by the test: nothing happens on it but what is said here, at the times said here. */
export interface FedPage extends Page {
  /** Tells the tracker what happens from now on. */
  follow<T extends Tracker>(tracker: T): T
  /** Lets time pass, timers firing when they are due. */
  pass(ms: number): void
  /** Lets time pass while nothing runs; what was due meanwhile fires late. */
  sleep(ms: number): void
  point(step: PointerStep): void
  input(): void
  show(visible: boolean): void
  scrollTo(position: Position, byInput?: boolean): void
  /** Sets the position without a scroll event, as the first layout does. */
  layOut(position: Position): void
  /** Timers set and neither fired nor cancelled. */
  pendingTimers(): number
}

/** In a window 800 px wide unless said otherwise. */
type Position = Omit<ScrollPosition, 'windowWidth'> & Partial<ScrollPosition>

interface Timer {
  readonly at: number
  readonly run: () => void
}

export function feedPage(): FedPage {
  let now = 1000
  let visible = true
  let position: ScrollPosition = { top: 0, viewport: 600, height: 600, windowWidth: 800 }
  const timers = new Set<Timer>()
  const trackers = new Set<Tracker>()
  const tell = (run: (tracker: Tracker) => void) => trackers.forEach(run)

  function dispatch(type: keyof NonNullable<Tracker['on']>, at: number, path: Path, init: object = {}): Event {
    const event = Object.assign(new Event(type), { clientX: 0, clientY: 0, ...init })
    Object.defineProperty(event, 'timeStamp', { value: at })
    const handlers: Readonly<Record<string, ((...args: readonly unknown[]) => void) | undefined>>[] = []
    tell(({ on }) => handlers.push({ ...on } as (typeof handlers)[number]))
    for (const on of handlers) on[type]?.(event, at, path)
    return event
  }

  function act(event: Event): void {
    tell(({ on }) => on?.acted?.(event, now, []))
  }

  return {
    now: () => now,
    settle: () => undefined,
    laidOut(run) {
      run({} as IntersectionObserverEntry)
      return () => undefined
    },
    timer(run) {
      let timer: Timer | undefined
      return (ms = Infinity) => {
        if (timer) timers.delete(timer)
        if (ms === Infinity) return
        timer = { at: now + ms, run }
        timers.add(timer)
      }
    },
    isVisible: () => visible,
    scrollPosition: () => position,
    guard: run => run,
    pendingTimers: () => timers.size,

    follow(tracker) {
      trackers.add(tracker)
      return tracker
    },
    pass(ms) {
      const end = now + ms
      for (;;) {
        const [next] = [...timers].filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        timers.delete(next)
        now = next.at
        next.run()
      }
      now = end
    },
    sleep(ms) {
      now += ms
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer)
        timer.run()
      }
    },
    point(step) {
      if (step.kind === 'over') {
        dispatch('pointerover', now, step.path)
      } else if (step.kind === 'move') {
        act(Object.assign(new Event('pointermove'), { buttons: step.pressed ? 1 : 0 }))
      } else if (step.kind === 'press') {
        dispatch('pointerdown', now - step.ms, step.path, { pointerType: 'touch' })
        dispatch('pointerup', now, step.path, { pointerType: 'touch' })
      } else {
        dispatch('keydown', now, [], { key: 'Tab' })
        dispatch(step.kind, now, step.path)
      }
    },
    input: () => act(new Event('keydown')),
    show(next) {
      visible = next
      tell(tracker => (next ? tracker.show : tracker.hide)?.(now))
    },
    layOut(next) {
      position = { windowWidth: 800, ...next }
    },
    scrollTo(next, byInput = true) {
      position = { windowWidth: 800, ...next }
      tell(tracker => tracker.scrolled?.(byInput))
    },
  }
}

/** What a signal sees on the page. */
export function viewOf(page: Page, given: Partial<View> & Pick<EngagementOptions, 'thresholds'>): View {
  return {
    page,
    settings: toSettings(given),
    emit: () => undefined,
    nameOf: () => undefined,
    attendedMs: page.now,
    ...given,
  }
}
