import type { Guard, Stop } from './listen.ts'

/** Smaller is a marker, not a part of the page. px² */
const MIN_AREA = 100
/** Where the browser looks again. The small steps are for elements taller than the window, of which half is never in view. */
const STEPS = Array.from({ length: 51 }, (_, step) => step / 100)
/** Pages add elements in bursts. ms */
const SETTLE_MS = 250

export interface ExposureOptions {
  /** What to watch, as a CSS selector. */
  readonly selector: string
  /** Watch the page for elements that are added later. */
  readonly added: boolean
}

export interface Exposure {
  /** Finds elements that were added since. */
  look(): void
  readonly stop: Stop
}

/**
 * Says when elements come into view and leave it: at least half of the element, or enough of it to fill half of the window.
 * One observer for all of them, none where nothing matches. A hidden page gets no word from it: who counts time must know.
 */
export function watchExposure(
  run: (element: Element, exposed: boolean) => void,
  { selector, added }: ExposureOptions,
  guard: Guard,
): Exposure {
  const watched = new WeakSet<Element>()
  const exposed = new Set<Element>()
  let observer: IntersectionObserver | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function turn(entry: IntersectionObserverEntry): void {
    const { target } = entry
    const shown = isExposed(entry)
    if (shown !== exposed.has(target)) {
      shown ? exposed.add(target) : exposed.delete(target)
      run(target, shown)
    }
    if (target.isConnected) return
    observer?.unobserve(target)
    watched.delete(target)
  }

  function look(): void {
    for (const element of document.querySelectorAll(selector)) {
      if (watched.has(element)) continue
      watched.add(element)
      observer ??= new IntersectionObserver(
        guard(entries => entries.forEach(turn)),
        { threshold: STEPS },
      )
      observer.observe(element)
    }
  }

  const additions =
    added &&
    new MutationObserver(() => {
      timer ??= setTimeout(
        guard(() => {
          timer = undefined
          look()
        }),
        SETTLE_MS,
      )
    })
  if (additions) additions.observe(document, { childList: true, subtree: true })
  look()

  return {
    look,
    stop() {
      clearTimeout(timer)
      observer?.disconnect()
      if (additions) additions.disconnect()
    },
  }
}

function isExposed(entry: IntersectionObserverEntry): boolean {
  const { boundingClientRect: whole, intersectionRect: part, rootBounds } = entry
  // Without bounds the page stands in a frame of another origin, where the frame is the window.
  const half = (rootBounds?.height ?? innerHeight) / 2
  return whole.width * whole.height >= MIN_AREA && (entry.intersectionRatio >= 0.5 || part.height >= half)
}
