/** Recorded hands, and how one is played on a fed page. */
import { type FedPage, feedPage } from '../../test/browser-plugin/fed-page.ts'

/** A movement below this is none, as in `page.ts`, px. */
const REAL_MOVE_PX = 3

/** An element of the page, in page coordinates, px. */
export interface Box {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** A visit in `serp-hover`. */
export interface Trial {
  readonly trial: string
  readonly participant: string
  readonly page: { readonly height: number }
  readonly viewport: { readonly height: number }
  readonly aois: readonly Box[]
  readonly events: readonly (readonly [at: number, kind: 'move' | 'click' | 'scroll', x: number, y: number])[]
  readonly gaze: readonly (readonly [at: number, x: number, y: number, ms: number])[]
}

/** A visit in `serp-evtrack`. `distance` is how far the pointer is from the one box whose place was recorded, px. */
export interface FocusSession {
  readonly id: string
  readonly events: readonly (readonly [at: number, name: string, x: number, y: number, distance?: number])[]
}

export function holds({ x, y, w, h }: Box, px: number, py: number): boolean {
  return px >= x && px <= x + w && py >= y && py <= y + h
}

/** The innermost element there: the smallest. */
function under(aois: readonly Box[], x: number, y: number): string | undefined {
  return aois.filter(box => holds(box, x, y)).sort((a, b) => a.w * a.h - b.w * b.h)[0]?.id
}

export interface Stage {
  readonly page: FedPage
  readonly nameOf: (path: readonly EventTarget[]) => string | undefined
  /** @returns when the recording ended, ms. */
  play(on: {
    /** The pointer has come to another element, or to none. */
    readonly placed?: (element: string | undefined, at: number) => void
    readonly clicked?: (element: string | undefined) => void
  }): number
}

/** Sets a recording on a page of its own. Names go through as paths, as the browser would give them. */
export function stage(trial: Trial): Stage {
  const page = feedPage()
  const nodes = new Map(trial.aois.map(({ id }) => [id, Object.assign(new EventTarget(), { id })]))
  const names = new Map<EventTarget, string>([...nodes].map(([id, node]) => [node, id]))
  const pathTo = (element: string | undefined) => {
    const node = element === undefined ? undefined : nodes.get(element)
    return node ? [node] : []
  }
  page.layOut({ top: 0, viewport: trial.viewport.height, height: trial.page.height })

  return {
    page,
    nameOf: path => path.map(node => names.get(node)).find(name => name !== undefined),
    play: ({ placed, clicked }) => {
      let now = 0
      let scrollTop = 0
      let pointer: { x: number; y: number } | undefined
      let moved: { x: number; y: number } | undefined
      let at: string | undefined
      const place = () => {
        const element = pointer && under(trial.aois, pointer.x, pointer.y + scrollTop)
        if (element === at) return
        at = element
        page.point({ kind: 'over', path: pathTo(element) })
        placed?.(element, now)
      }
      for (const [time, kind, x, y] of trial.events) {
        page.pass(Math.max(time - now, 0))
        now = Math.max(time, now)
        page.input()
        if (kind === 'scroll') {
          scrollTop = y
          page.scrollTo({ top: y, viewport: trial.viewport.height, height: trial.page.height })
          place()
        } else if (kind === 'click') {
          clicked?.(under(trial.aois, x, y))
        } else {
          pointer = { x, y: y - scrollTop }
          place()
          if (moved && Math.hypot(pointer.x - moved.x, pointer.y - moved.y) < REAL_MOVE_PX) continue
          if (moved) page.point({ kind: 'move', pressed: false })
          moved = pointer
        }
      }
      page.point({ kind: 'over', path: [] })
      placed?.(undefined, now)
      return now
    },
  }
}
