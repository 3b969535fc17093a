import { nameOf } from './element-name.ts'
import { heaviest } from './heaviest.ts'
import { LIST_LIMITS } from './signals.ts'
import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

/** Sources one page view keeps. */
const MAX_SOURCES = 20

interface Source {
  readonly name: string
  readonly id: string
  /** Of its content, by the browser's own record, s. */
  played: number
  watched: number
  duration: number
}

/**
 * Measures how much of each video and sound was played: each second of the content counts once, however often it is seen,
 * and what is skipped does not count. Decoration (muted, looped, without controls) is none, nor is what plays unheard in a
 * page that is hidden. A player given another source plays another video.
 */
export function trackVideo({ page }: View): Measures<'videos'> {
  const sources = new Map<string, Source>()

  function played({ target }: Event): void {
    const media = target as HTMLMediaElement
    const { played, duration, currentSrc } = media
    const name = nameOf(media)
    const key = name + currentSrc
    const known = [...sources.values()].filter(source => source.name === name).length
    const source = sources.get(key) ?? {
      name,
      id: known ? `${name}#${known + 1}` : name,
      played: 0,
      watched: 0,
      duration,
    }
    if (sources.size < MAX_SOURCES) sources.set(key, source)
    let s = 0
    for (let n = 0; n < played.length; n++) s += played.end(n) - played.start(n)
    const grown = Math.max(s - source.played, 0)
    source.played += grown
    source.duration = duration
    if (!media.muted || ((!media.loop || media.controls) && page.isVisible())) source.watched += grown
  }

  return {
    totals: () => ({
      videos: heaviest([...sources.values()], ({ watched }) => watched, LIST_LIMITS.videos).map(
        ({ id, watched, duration }) => ({
          id,
          watched_ms: watched * 1000,
          // A live stream has no end to have come near to.
          percent: duration < Infinity ? Math.min(watched / duration, 1) : undefined,
        }),
      ),
    }),
    now: { timeupdate: played, ended: played },
  }
}
