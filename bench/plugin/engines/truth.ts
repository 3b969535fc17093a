import type { Fact } from '../accuracy/compare.ts'
import type { Truth } from '../accuracy/ledger.ts'
import { activeTruth, intentsOf, lengthOf, type Recorded, type Span } from '../accuracy/record.ts'
import type { Log } from './watch.ts'

/** What else a scene knows of the views of one path. */
export interface Known {
  readonly depth?: number
  readonly facts?: readonly Fact[]
}

interface Life {
  readonly spans: readonly Span[]
  readonly until: number
}

/** @returns what was true of each page view that a visitor made, in order. */
export function truthsOf(
  logs: readonly Log[],
  known: Readonly<Record<string, Known>>,
  idleMs: number,
): readonly Truth[] {
  const views = logs.flatMap(log => {
    const { listeningAt = Number.POSITIVE_INFINITY, events, path, timeOrigin } = log
    const heard = events.filter(({ at }) => at >= listeningAt)
    return livesOf(log, listeningAt).map(({ spans, until }) => {
      const from = spans[0]?.from ?? until
      const within = heard.filter(({ at }) => at >= from && at <= until)
      const truth: Truth = {
        path,
        visibleMs: lengthOf(spans),
        activeMs: activeTruth(intentsOf(within), spans, idleMs),
        hovers: hoversOf(within, spans),
        depth: known[path]?.depth,
        facts: known[path]?.facts ?? [],
      }
      return { truth, began: timeOrigin + from }
    })
  })
  return views.toSorted((a, b) => a.began - b.began).map(({ truth }) => truth)
}

/** A document lives once, and again each time the browser brings it back. What was never shown is no view. */
function livesOf({ life, visibleAtStart }: Log, listeningAt: number): readonly Life[] {
  const lives: { spans: Span[]; until: number }[] = []
  let spans: Span[] = []
  let since = visibleAtStart ? listeningAt : undefined
  for (const { what, at } of life) {
    if (what === 'back' || what === 'again') since ??= Math.max(at, listeningAt)
    else {
      if (since !== undefined) spans.push({ from: since, to: Math.max(at, since) })
      since = undefined
      if (what === 'left' && spans.length > 0) {
        lives.push({ spans, until: at })
        spans = []
      }
    }
  }
  if (spans.length > 0) lives.push({ spans, until: Number.POSITIVE_INFINITY })
  return lives
}

/** From the first move on a named element to the first sign that the pointer is elsewhere, or the page out of sight. */
function hoversOf(events: readonly Recorded[], spans: readonly Span[]): ReadonlyMap<string, readonly number[]> {
  const hovers = new Map<string, number[]>()
  let episode: { readonly on: string; readonly from: number } | undefined
  const close = (at: number) => {
    if (!episode) return
    hovers.set(episode.on, [...(hovers.get(episode.on) ?? []), at - episode.from])
    episode = undefined
  }
  const pointer = events.filter(({ type }) => type.startsWith('pointer'))
  for (const span of spans) {
    for (const { type, at, on } of pointer.filter(({ at }) => at >= span.from && at <= span.to)) {
      if (episode && on !== episode.on) close(at)
      if (type === 'pointermove' && on !== undefined) episode ??= { on, from: at }
    }
    close(span.to)
  }
  return hovers
}
