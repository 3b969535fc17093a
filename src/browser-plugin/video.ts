import { nameOf } from './element-name.ts'
import { openPage, type Page, type Stop } from './page.ts'
import { type EngagementProperties, LIST_LIMITS } from './signals.ts'

/** Positions are reported about four times a second. What lies further apart than this was skipped, s of content at normal speed. */
const MAX_GAP_S = 1.5
/** Bounds on what one page view keeps: sources played, and separate pieces of each. */
const MAX_SOURCES = 20
const MAX_PIECES = 50

export interface VideoTracker {
  /** Longest watched first. */
  totals(): EngagementProperties['videos']
  readonly stop: Stop
}

/** A piece of the content that was played, s. */
export interface Piece {
  readonly from: number
  readonly to: number
}

interface Source {
  readonly id: string
  readonly url: string
  pieces: readonly Piece[]
  /** Where it last was; undefined where it did not come from by playing. */
  at?: number | undefined
  duration: number
}

/**
 * Measures how much of each video and sound was played: each second of the content counts once, however often it is seen,
 * and what is skipped does not count. Decoration (muted, looped, without controls) is none, nor is what plays unheard in a
 * page that is hidden.
 */
export function trackVideo(page: Page = openPage()): VideoTracker {
  const sources: Source[] = []

  /** A player given another source plays another video. */
  function sourceOf(media: HTMLMediaElement): Source | undefined {
    const url = media.currentSrc
    const name = nameOf(media)
    const same = sources.filter(({ id }) => id.split('#')[0] === name)
    const known = same.find(source => source.url === url)
    if (known || sources.length >= MAX_SOURCES) return known
    const source = { id: same.length ? `${name}#${same.length + 1}` : name, url, pieces: [], duration: 0 }
    sources.push(source)
    return source
  }

  const stop = page.listen(['timeupdate', 'seeking', 'playing', 'ended'], ({ type, target: media }) => {
    if (!(media instanceof HTMLMediaElement)) return
    if (media.muted && ((media.loop && !media.controls) || !page.isVisible())) return
    const source = sourceOf(media)
    if (!source) return
    const { at } = source
    const jumped = type === 'seeking' || media.seeking
    source.at = jumped ? undefined : media.currentTime
    source.duration = media.duration
    const gap = media.currentTime - (at ?? media.currentTime)
    if (at !== undefined && !jumped && gap > 0 && gap <= MAX_GAP_S * media.playbackRate)
      source.pieces = addPiece(source.pieces, { from: at, to: media.currentTime })
  })

  return {
    totals: () =>
      sources
        .map(({ id, pieces, duration }) => {
          const s = pieces.reduce((sum, { from, to }) => sum + to - from, 0)
          // A live stream has no end to have come near to.
          return { id, watched_ms: s * 1000, percent: duration < Infinity ? Math.min(s / duration, 1) : undefined }
        })
        .filter(({ watched_ms }) => watched_ms > 0)
        .sort((a, b) => b.watched_ms - a.watched_ms)
        .slice(0, LIST_LIMITS.videos),
    stop,
  }
}

/** @returns the pieces with the new one in them, none touching another; unchanged where there is no room for one more. */
export function addPiece(pieces: readonly Piece[], { from, to }: Piece): readonly Piece[] {
  const apart = pieces.filter(piece => piece.to < from || piece.from > to)
  if (apart.length >= MAX_PIECES) return pieces
  const touching = pieces.filter(piece => !apart.includes(piece))
  return [
    ...apart,
    {
      from: Math.min(from, ...touching.map(piece => piece.from)),
      to: Math.max(to, ...touching.map(piece => piece.to)),
    },
  ]
}
