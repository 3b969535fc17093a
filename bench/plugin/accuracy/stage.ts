import type { BrowserContextOptions, Page } from 'playwright-core'
import type { EngagementOptions } from '../../../src/browser-plugin/index.ts'
import { setVisible } from '../../../test/browser-plugin/visibility.ts'
import { required } from '../table.ts'
import { activeTruth, intentsOf, lengthOf, type Recorded, type Span } from './record.ts'

/** One scripted piece of behaviour, whose truth is known because the bench does it. */
export interface Scene {
  readonly name: string
  readonly body: string
  readonly head?: string
  readonly options?: EngagementOptions
  readonly context?: BrowserContextOptions
  play(stage: Stage): Promise<void>
}

/** What happened in one page view. Times in ms, depth 0–1. */
export interface Truth {
  readonly path: string
  readonly visibleMs: number
  readonly activeMs: number
  /** The length of every episode on each element. */
  readonly hovers: ReadonlyMap<string, readonly number[]>
  readonly depth: number | undefined
}

/** The visitor in a scene. It does things and notes what they were, by the browser's time stamps. */
export interface Stage {
  readonly page: Page
  /** Moves the pointer onto the middle of an element; the episode begins, and the one before ends. */
  to(name: string): Promise<void>
  /** Moves the pointer to where nothing has a name. */
  away(): Promise<void>
  /** Moves the pointer a little, within what it is on. */
  fidget(): Promise<void>
  rest(ms: number): Promise<void>
  /** Turns the wheel, waits until the page stands still, and long enough that it was seen. */
  wheel(px: number): Promise<void>
  /** The pointer left the element without moving: ends the episode where the browser said so. */
  leftBehind(): Promise<void>
  /** Ends the episode now, or at `at`. */
  endEpisode(at?: number): Promise<void>
  hide(): Promise<void>
  show(): Promise<void>
  /** Another page view begins with what `act` does in the page. */
  route(path: string): Promise<void>
  /** The page is put aside and comes back, as with the back/forward cache. */
  restore(): Promise<void>
  /** Notes the furthest share of the content in view at rest, of the element that scrolls. */
  sawDepth(scroller?: string): Promise<void>
  /** Says outright what was seen, where the scene knows better. */
  setDepth(share: number): void
  truths(): Promise<readonly Truth[]>
}

interface View {
  readonly path: string
  readonly visible: { from: number; to: number }[]
  readonly hovers: Map<string, number[]>
  depth: number | undefined
  readonly from: number
  to: number
}

/** Rests this long after scrolling: more than the quarter of a second from which on something counts as seen. */
const SEEN_MS = 450

export async function openStage(page: Page, idleMs: number): Promise<Stage> {
  const nowIn = (): Promise<number> => page.evaluate(() => performance.now())
  const path = new URL(page.url()).pathname
  const startedAt = required(
    await page.evaluate(() => window.listeningAt),
    'moment at which the plugin began to listen',
  )
  const views: View[] = [newView(path, startedAt)]
  let episode: { readonly on: string; readonly from: number } | undefined
  let maxPx = 0

  function newView(path: string, from: number): View {
    return {
      path,
      visible: [{ from, to: Number.POSITIVE_INFINITY }],
      hovers: new Map(),
      depth: undefined,
      from,
      to: Number.POSITIVE_INFINITY,
    }
  }
  const view = (): View => required(views.at(-1), 'page view')
  const recorded = (): Promise<readonly Recorded[]> => page.evaluate(() => window.recorded)

  function close(at: number): void {
    if (!episode) return
    const { hovers } = view()
    hovers.set(episode.on, [...(hovers.get(episode.on) ?? []), at - episode.from])
    episode = undefined
  }

  function hideAt(at: number): void {
    close(at)
    const last = view().visible.at(-1)
    if (last && last.to > at) last.to = at
  }

  async function since(count: number, fits: (event: Recorded) => boolean, what: string): Promise<number> {
    await page.waitForFunction(seen => window.recorded.length > seen, count)
    const found = (await recorded()).slice(count).find(fits)
    return required(found, what).at
  }

  async function stirAndNote(x: number, y: number, steps: number): Promise<number> {
    const { length } = await recorded()
    await page.mouse.move(x, y, { steps })
    return length
  }

  async function endView(): Promise<number> {
    const at = await nowIn()
    hideAt(at)
    view().to = at
    maxPx = 0
    return at
  }

  return {
    page,
    async to(name) {
      const box = required(await page.locator(`[data-inkling="${name}"]`).boundingBox(), `box of ${name}`)
      const count = await stirAndNote(box.x + box.width / 2, box.y + box.height / 2, 6)
      const left = episode
      if (left) close(await since(count, event => event.on !== left.on, `leaving of ${left.on}`))
      const from = await since(count, event => event.type === 'pointermove' && event.on === name, `move on ${name}`)
      episode = { on: name, from }
    },
    async away() {
      const count = await stirAndNote(700, 20, 4)
      const left = episode
      if (left) close(await since(count, event => event.on !== left.on, `leaving of ${left.on}`))
    },
    async fidget() {
      const events = await recorded()
      const { x, y, on } = required(
        events.findLast(event => event.type === 'pointermove'),
        'move',
      )
      const count = await stirAndNote(x + (x % 2 ? -9 : 9), y, 3)
      if (!episode && on !== undefined) {
        const from = await since(count, event => event.type === 'pointermove' && event.on === on, `move on ${on}`)
        episode = { on, from }
      }
    },
    rest: ms => page.waitForTimeout(ms),
    async wheel(px) {
      const before = (await recorded()).filter(({ type }) => type === 'scroll').length
      await page.mouse.wheel(0, px)
      await page.waitForFunction(seen => window.recorded.filter(({ type }) => type === 'scroll').length > seen, before)
      await atRest(page)
      await page.waitForTimeout(SEEN_MS)
    },
    async leftBehind() {
      const left = required(episode, 'episode to leave')
      const found = (await recorded()).find(({ at, on }) => at > left.from && on !== left.on)
      close(required(found, `leaving of ${left.on}`).at)
    },
    async endEpisode(at) {
      close(at ?? (await nowIn()))
    },
    async hide() {
      hideAt(await nowIn())
      await setVisible(page, false)
    },
    async show() {
      await setVisible(page, true)
      view().visible.push({ from: await nowIn(), to: Number.POSITIVE_INFINITY })
    },
    async route(next) {
      await endView()
      await page.evaluate(to => history.pushState({}, '', to), next)
      views.push(newView(next, await nowIn()))
    },
    async restore() {
      await endView()
      await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
      await page.waitForTimeout(1500)
      const from = await nowIn()
      await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
      views.push(newView(view().path, from))
    },
    async sawDepth(scroller) {
      const { bottom, height } = await page.evaluate(selector => {
        const root = selector === undefined ? document.documentElement : document.querySelector(selector)
        if (!root) throw new Error('nothing scrolls')
        return { bottom: root.scrollTop + root.clientHeight, height: root.scrollHeight }
      }, scroller)
      maxPx = Math.max(maxPx, bottom)
      view().depth = Math.min(maxPx / height, 1)
    },
    setDepth(share) {
      view().depth = share
    },
    async truths() {
      const events = await recorded()
      const intents = intentsOf(events)
      return views.map((seen): Truth => {
        const spans: readonly Span[] = seen.visible
        return {
          path: seen.path,
          visibleMs: lengthOf(spans),
          activeMs: activeTruth(intents, spans, idleMs),
          hovers: seen.hovers,
          depth: seen.depth,
        }
      })
    },
  }
}

/** Resolves once the scroll position has not changed for three frames. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>(resolve => {
        const sum = () => [...document.querySelectorAll('html,main')].reduce((px, { scrollTop }) => px + scrollTop, 0)
        let last = sum()
        let still = 0
        const look = () => {
          const now = sum()
          still = now === last ? still + 1 : 0
          last = now
          if (still >= 6) resolve()
          else requestAnimationFrame(look)
        }
        requestAnimationFrame(look)
      }),
  )
}
