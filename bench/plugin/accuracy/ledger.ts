import type { Fact } from './compare.ts'
import { activeTruth, intentsOf, lengthOf, type Recorded, type Span } from './record.ts'

/** What happened in one page view. Times in ms, depth 0–1. */
export interface Truth {
  readonly path: string
  readonly visibleMs: number
  readonly activeMs: number
  /** The length of every episode on each element. */
  readonly hovers: ReadonlyMap<string, readonly number[]>
  readonly depth: number | undefined
  readonly facts: readonly Fact[]
}

/** How a page that scrolls stands, px. */
export interface Standing {
  readonly top: number
  readonly viewport: number
  readonly height: number
}

/** Keeps what is true of each page view, as it happens. All times in ms by the page's clock. */
export interface Ledger {
  /** Another view begins; the one before is over. */
  begin(path: string, at: number): void
  /** What was measured is to be told to nobody. */
  forget(): void
  /** The path of the view going on. */
  path(): string
  /** The element that an episode is going on on. */
  on(): string | undefined
  /** @param leastMs - a shorter episode counts as none; default 0. */
  enter(on: string, at: number, leastMs?: number): void
  leave(at: number): void
  /** An episode of its own, such as a finger's. */
  hovered(on: string, ms: number): void
  hide(at: number): void
  show(at: number): void
  /** The visitor scrolls a page this high for the first time; later ones change nothing. */
  scrolls(height: number): void
  saw(standing: Standing): void
  setDepth(share: number): void
  expect(fact: Fact): void
  truths(events: readonly Recorded[], idleMs: number): readonly Truth[]
}

interface View {
  readonly path: string
  readonly visible: { from: number; to: number }[]
  readonly hovers: Map<string, number[]>
  readonly facts: Fact[]
  depth: number | undefined
  seenPx: number
  firstHeight: number | undefined
}

/** A page that has grown more than this since it was first scrolled has no end: its depth never falls, and screens are told. */
const ENDLESS_GROWTH = 1.25

export function createLedger(): Ledger {
  let views: View[] = []
  let episode: { readonly on: string; readonly from: number; readonly leastMs: number } | undefined

  function view(): View {
    const last = views.at(-1)
    if (!last) throw new Error('no page view has begun')
    return last
  }

  function hovered(on: string, ms: number): void {
    const { hovers } = view()
    hovers.set(on, [...(hovers.get(on) ?? []), ms])
  }

  function leave(at: number): void {
    if (episode && at - episode.from >= episode.leastMs) hovered(episode.on, at - episode.from)
    episode = undefined
  }

  function hide(at: number): void {
    leave(at)
    const last = views.at(-1)?.visible.at(-1)
    if (last && last.to > at) last.to = at
  }

  /** States anew what is true of one thing. */
  function expect(fact: Fact): void {
    const { facts } = view()
    const known = facts.findIndex(({ what }) => what === fact.what)
    facts.splice(known < 0 ? facts.length : known, 1, fact)
  }

  return {
    begin(path, at) {
      hide(at)
      const visible = [{ from: at, to: Number.POSITIVE_INFINITY }]
      views.push({
        path,
        visible,
        hovers: new Map(),
        facts: [],
        depth: undefined,
        seenPx: 0,
        firstHeight: undefined,
      })
    },
    forget() {
      views = []
      episode = undefined
    },
    path: () => view().path,
    on: () => episode?.on,
    enter(on, at, leastMs = 0) {
      episode = { on, from: at, leastMs }
    },
    leave,
    hovered,
    hide,
    show: at => view().visible.push({ from: at, to: Number.POSITIVE_INFINITY }),
    scrolls(height) {
      view().firstHeight ??= height
    },
    saw({ top, viewport, height }) {
      const now = view()
      now.seenPx = Math.max(now.seenPx, Math.min(top + viewport, height))
      const share = now.seenPx / height
      const endless = now.firstHeight !== undefined && height > now.firstHeight * ENDLESS_GROWTH
      now.depth = endless ? Math.max(now.depth ?? 0, share) : share
      const screens = endless ? now.seenPx / viewport : 'none'
      // Screens are told in hundredths, rounded down.
      expect({ what: 'screens seen', truth: screens, of: ({ screens_seen }) => screens_seen, within: 0.02 })
    },
    setDepth(share) {
      view().depth = share
    },
    expect,
    truths(events, idleMs) {
      // What was done before anybody listened nobody could know; a first position, too, is only known from then on.
      const since = views[0]?.visible[0]?.from ?? 0
      const intents = intentsOf(events.filter(({ at }) => at >= since))
      return views.map(({ path, visible, hovers, depth, facts }): Truth => {
        const spans: readonly Span[] = visible
        const times = { visibleMs: lengthOf(spans), activeMs: activeTruth(intents, spans, idleMs) }
        return { path, ...times, hovers, depth, facts }
      })
    },
  }
}
