export type Stop = () => void

export function together(...stops: readonly Stop[]): Stop {
  return () => {
    for (const stop of stops) stop()
  }
}

/** Wraps what the browser calls, so that an error of ours is reported and never reaches the page. */
export type Guard = <A extends readonly unknown[]>(run: (...args: A) => void) => (...args: A) => void

/** What the types of the DOM do not know, for not every browser has it. */
interface LifecycleEventMap {
  readonly freeze: Event
  readonly resume: Event
  readonly prerenderingchange: Event
}

type PageEvents = WindowEventMap & DocumentEventMap & HTMLMediaElementEventMap & NavigationEventMap & LifecycleEventMap

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

/** Listens passively, in the capture phase, guarded; on the window unless told otherwise. */
export function createListen(guard: Guard): Listen {
  return (types, run, target = window) => {
    const life = new AbortController()
    const options = { capture: true, passive: true, signal: life.signal }
    for (const type of types) target.addEventListener(type, guard(run), options)
    return () => life.abort()
  }
}

/**
 * Listens also for events that end at the shadow root they happen in, such as scroll, media and submit: in each open root as
 * soon as the visitor first does something inside it, which comes before the event. What is heard twice, at the window and
 * in the root, is told once.
 */
export function listenInRoots(listen: Listen): Listen {
  return (types, run, target) => {
    if (target) return listen(types, run, target)
    const roots = new Set<EventTarget>()
    const told = new WeakSet<Event>()
    const once: typeof run = event => {
      if (told.has(event)) return
      told.add(event)
      run(event)
    }
    const stops = [
      listen(types, once),
      listen(['pointerdown', 'keydown', 'wheel'], event => {
        for (const node of event.composedPath()) {
          if (!(node instanceof ShadowRoot) || roots.has(node)) continue
          roots.add(node)
          stops.push(listen(types, once, node))
        }
      }),
    ]
    return () => together(...stops)()
  }
}
