import type { BrowserContextOptions, Page } from 'playwright-core'
import type { EngagementOptions } from '../../../src/browser-plugin/index.ts'
import { toSettings } from '../../../src/browser-plugin/options.ts'
import { setVisible } from '../../../test/browser-plugin/visibility.ts'
import { required } from '../table.ts'
import type { Fact } from './compare.ts'
import { createLedger, type Truth } from './ledger.ts'
import type { Recorded } from './record.ts'

/** One scripted piece of behaviour, whose truth is known because the bench does it. */
export interface Scene {
  readonly name: string
  readonly body: string
  readonly head?: string
  readonly options?: EngagementOptions
  readonly context?: BrowserContextOptions
  /** Measuring begins when the scene says so, not with the page. */
  readonly beginsLater?: boolean
  play(stage: Stage): Promise<void>
}

/** How a single-page site changes its route. */
export type Way = 'path' | 'hash' | 'view transition'

/** The visitor in a scene. It does things and notes what they were, by the browser's time stamps. */
export interface Stage {
  readonly page: Page
  /** Moves the pointer onto the middle of an element; the episode begins, and the one before ends. */
  to(name: string): Promise<void>
  /** Moves the pointer to where nothing has a name. */
  away(): Promise<void>
  /** Moves the pointer a little, within what it is on. */
  fidget(): Promise<void>
  /** Takes the focus to the next element; where it stays for a second, that is the keyboard's hover. */
  tab(): Promise<void>
  rest(ms: number): Promise<void>
  /** Turns the wheel, waits until the page stands still, and long enough that it was seen. */
  wheel(px: number): Promise<void>
  /** The pointer left the element without moving: ends the episode where the browser said so. */
  leftBehind(): Promise<void>
  /** Ends the episode now, or at `at`. */
  endEpisode(at?: number): Promise<void>
  hide(): Promise<void>
  show(): Promise<void>
  /** Another page view begins. */
  route(path: string, way?: Way): Promise<void>
  /** The page is put aside and comes back, as with the back/forward cache. */
  restore(): Promise<void>
  /** The page is frozen for a while and resumed; what is frozen is hidden too. */
  freeze(ms: number): Promise<void>
  /** Notes the furthest share of the content in view at rest, of the element that scrolls. */
  sawDepth(scroller?: string): Promise<void>
  /** Says outright what was seen, where the scene knows better. */
  setDepth(share: number): void
  /** What else is to be told of this page view. */
  expect(fact: Fact): void
  /** By the page's clock, ms. */
  now(): Promise<number>
  /** An episode of its own, such as a finger's. */
  hovered(name: string, ms: number): void
  /** Measuring has begun. */
  begin(): Promise<void>
  /** Nothing is to be told of what was measured. */
  forget(): void
  /** Leaves the page for good by what `act` does. */
  leave(act: () => Promise<unknown>): Promise<void>
  hasLeft(): boolean
  truths(): Promise<readonly Truth[]>
}

/** Rests this long after scrolling: more than the quarter of a second from which on something counts as seen. */
const SEEN_MS = 450
/** A shorter stay of the focus is a step on the way. ms */
const FOCUSED_MS = 1000

export async function openStage(page: Page, { options, beginsLater }: Scene): Promise<Stage> {
  const { idleMs } = toSettings(options ?? {})
  const ledger = createLedger()
  /** What the page recorded, once it is gone. */
  let kept: readonly Recorded[] | undefined

  const nowIn = (): Promise<number> => page.evaluate(() => performance.now())
  const recorded = async (): Promise<readonly Recorded[]> => kept ?? (await page.evaluate(() => window.recorded))

  async function begin(): Promise<void> {
    const at = await page.evaluate(() => window.listeningAt)
    ledger.begin(new URL(page.url()).pathname, required(at, 'moment at which the plugin began to listen'))
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

  /** Ends the episode with the first event since that was not on its element. */
  async function leaveSince(count: number): Promise<void> {
    const on = ledger.on()
    const leaves = (event: Recorded) => event.on !== on && event.type !== 'focusin'
    if (on !== undefined) ledger.leave(await since(count, leaves, `leaving of ${on}`))
  }

  if (!beginsLater) await begin()

  return {
    page,
    now: nowIn,
    begin,
    forget: ledger.forget,
    expect: ledger.expect,
    hovered: ledger.hovered,
    setDepth: ledger.setDepth,
    rest: ms => page.waitForTimeout(ms),
    async to(name) {
      const box = required(await page.locator(`[data-inkling="${name}"]`).boundingBox(), `box of ${name}`)
      const count = await stirAndNote(box.x + box.width / 2, box.y + box.height / 2, 6)
      await leaveSince(count)
      const moves = (event: Recorded) => event.type === 'pointermove' && event.on === name
      ledger.enter(name, await since(count, moves, `move on ${name}`))
    },
    async away() {
      await leaveSince(await stirAndNote(700, 20, 4))
    },
    async fidget() {
      const moves = (await recorded()).filter(({ type }) => type === 'pointermove')
      const { x, y, on } = required(moves.at(-1), 'move')
      const count = await stirAndNote(x + (x % 2 ? -9 : 9), y, 3)
      if (ledger.on() !== undefined || on === undefined) return
      ledger.enter(on, await since(count, event => event.type === 'pointermove' && event.on === on, `move on ${on}`))
    },
    async tab() {
      const { length } = await recorded()
      await page.keyboard.press('Tab')
      const at = await since(length, ({ type }) => type === 'focusin', 'focus')
      ledger.leave(at)
      const on = (await recorded()).findLast(({ type }) => type === 'focusin')?.on
      if (on !== undefined) ledger.enter(on, at, FOCUSED_MS)
    },
    async wheel(px) {
      const heights = () => [...document.querySelectorAll('html,main')].map(({ scrollHeight }) => scrollHeight)
      ledger.scrolls(Math.max(...(await page.evaluate(heights))))
      const before = (await recorded()).filter(({ type }) => type === 'scroll').length
      await page.mouse.wheel(0, px)
      await page.waitForFunction(seen => window.recorded.filter(({ type }) => type === 'scroll').length > seen, before)
      await atRest(page)
      await page.waitForTimeout(SEEN_MS)
    },
    async leftBehind() {
      const on = required(ledger.on(), 'episode to leave')
      const events = await recorded()
      const since = events.findLastIndex(event => event.type === 'pointermove' && event.on === on)
      ledger.leave(
        required(
          events.slice(since).find(event => event.on !== on),
          `leaving of ${on}`,
        ).at,
      )
    },
    async endEpisode(at) {
      ledger.leave(at ?? (await nowIn()))
    },
    async hide() {
      ledger.hide(await setVisible(page, false))
    },
    async show() {
      ledger.show(await setVisible(page, true))
    },
    async route(path, way = 'path') {
      ledger.begin(path, await page.evaluate(changeRoute, { path, way }))
    },
    async restore() {
      ledger.hide(await page.evaluate(happen, { on: 'window', type: 'pagehide' } as const))
      await page.waitForTimeout(1500)
      ledger.begin(ledger.path(), await page.evaluate(happen, { on: 'window', type: 'pageshow' } as const))
    },
    async freeze(ms) {
      ledger.hide(await page.evaluate(happen, { on: 'document', type: 'freeze' } as const))
      await page.waitForTimeout(ms)
      ledger.show(await page.evaluate(happen, { on: 'document', type: 'resume' } as const))
    },
    async sawDepth(scroller) {
      const standing = await page.evaluate(selector => {
        const root = selector === undefined ? document.documentElement : document.querySelector(selector)
        if (!root) throw new Error('nothing scrolls')
        return { top: root.scrollTop, viewport: root.clientHeight, height: root.scrollHeight }
      }, scroller)
      ledger.saw(standing)
    },
    async leave(act) {
      ledger.hide(await nowIn())
      kept = await recorded()
      await act()
    },
    hasLeft: () => kept !== undefined,
    truths: async () => ledger.truths(await recorded(), idleMs),
  }
}

/** Runs in the page: what the browser says when it puts the page aside. @returns when, ms. */
function happen({ on, type }: { readonly on: 'window' | 'document'; readonly type: string }): number {
  const at = performance.now()
  if (on === 'window') dispatchEvent(new PageTransitionEvent(type, { persisted: true }))
  else document.dispatchEvent(new Event(type, { bubbles: true }))
  return at
}

/** Runs in the page. @returns when the route changed, ms. */
function changeRoute({ path, way }: { readonly path: string; readonly way: Way }): number | Promise<number> {
  const change = () => {
    const at = performance.now()
    if (way === 'hash') location.hash = `#${path}`
    else history.pushState({}, '', path)
    return at
  }
  if (way !== 'view transition') return change()
  return new Promise(resolve => {
    document.startViewTransition(() => resolve(change()))
  })
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
