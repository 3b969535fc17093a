import type { Click, Page, PointerStep, ScrollPosition } from '../../src/browser-plugin/page.ts'

/** A page fed by the test: nothing happens on it but what is said here, at the times said here. */
export interface FedPage extends Page {
  /** Lets time pass, timers firing when they are due. */
  pass(ms: number): void
  /** Lets time pass while nothing runs; what was due meanwhile fires late. */
  sleep(ms: number): void
  point(step: DistributiveOmit<PointerStep, 'at'>): void
  input(): void
  show(visible: boolean): void
  scrollTo(position: Position, byInput?: boolean): void
  /** Sets the position without a scroll event, as the first layout does. */
  layOut(position: Position): void
  /** Brings an element into view, or out of it. */
  expose(element: Element, exposed: boolean): void
  click(click: Omit<Click, 'at'>): void
  /** Timers set and neither fired nor cancelled. */
  pendingTimers(): number
}

/** In a window 800 px wide unless said otherwise. */
type Position = Omit<ScrollPosition, 'windowWidth'> & Partial<ScrollPosition>
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

interface Timer {
  readonly at: number
  readonly run: () => void
}

export function feedPage(): FedPage {
  let now = 1000
  let visible = true
  let position: ScrollPosition = { top: 0, viewport: 600, height: 600, windowWidth: 800 }
  const timers = new Set<Timer>()
  const visibility = createSubject<boolean>()
  const pointer = createSubject<PointerStep>()
  const inputs = createSubject<number>()
  const scrolls = createSubject<boolean>()
  const exposures = createSubject<readonly [Element, boolean]>()
  const clicks = createSubject<Click>()
  const nothing = createSubject<never>()

  return {
    now: () => now,
    date: () => new Date(0),
    id: () => 'view',
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    onceSettled: run => run(),
    address: () => ({ path: '/', referrer: '', search: '', title: '', url: '' }),
    isVisible: () => visible,
    hovers: () => true,
    scrollPosition: () => position,
    onVisibility: visibility.on,
    onPointer: pointer.on,
    onInput: inputs.on,
    onScroll: scrolls.on,
    onExposure: run => ({
      look: () => undefined,
      stop: exposures.on(([element, exposed]) => run(element, exposed)),
    }),
    onClick: clicks.on,
    listen: () => () => undefined,
    onLeave: nothing.on,
    onRestore: nothing.on,
    onRoute: nothing.on,
    pendingTimers: () => timers.size,

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
    point: step => pointer.emit({ ...step, at: now }),
    input: () => inputs.emit(now),
    show(next) {
      visible = next
      visibility.emit(next)
    },
    layOut(next) {
      position = { windowWidth: 800, ...next }
    },
    scrollTo(next, byInput = true) {
      position = { windowWidth: 800, ...next }
      scrolls.emit(byInput)
    },
    expose: (element, exposed) => exposures.emit([element, exposed]),
    click: click => clicks.emit({ ...click, at: now }),
  }
}

function createSubject<T>() {
  const runs = new Set<(value: T) => void>()
  return {
    emit(value: T): void {
      for (const run of runs) run(value)
    },
    on(run: (value: T) => void): () => void {
      runs.add(run)
      return () => runs.delete(run)
    },
  }
}
