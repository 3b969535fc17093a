import { type Check, compare } from '../accuracy/compare.ts'
import type { Driven, Tab } from './driver.ts'
import { type EngineSite, IDLE_MS } from './site.ts'
import { type Known, truthsOf } from './truth.ts'
import { parseLog, readLogs } from './watch.ts'

/** One visit, as the visitor makes it. */
export interface Visitor {
  readonly tab: Tab
  /** Another tab of the same visitor, on the same site; what is measured on `/empty` is nothing. */
  open(path: string): Promise<Tab>
  rest(ms: number): Promise<void>
  /** Moves about where nothing has a name, every 200 ms. */
  fidget(ms: number): Promise<void>
  /** Says what else is true of the view of a path. */
  know(path: string, known: Known): void
}

export interface EngineScene {
  readonly name: string
  readonly path?: string
  /** The visitor closes the tab at the end, instead of going to another page. */
  readonly closes?: boolean
  /** @returns what the browser did not do of its own accord, where the scene needs it to. */
  play(visitor: Visitor): Promise<string | undefined>
}

export interface Played {
  readonly scene: EngineScene
  readonly checks: readonly Check[]
  readonly twice: number
  readonly missing: string | undefined
}

/** What is on its way when the last tab closes has this long to arrive, ms. */
const ARRIVES_WITHIN_MS = 800

/** A page on the same machine is there within this, ms. */
const REACHED_WITHIN_MS = 10_000

/** Plays one scene in tabs of its own, leaves them as a visitor does, and compares what was told with what the pages saw. */
export async function play(browser: Driven, site: EngineSite, scene: EngineScene): Promise<Played> {
  site.clear()
  const known: Record<string, Known> = {}
  const tabs: Tab[] = []
  const rest = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))
  const reader = await browser.newPage()
  await reader.goto(`${site.origin}/empty`)
  await reader.evaluate(() => localStorage.clear())

  async function open(path: string): Promise<Tab> {
    const tab = await browser.newPage()
    tabs.push(tab)
    await tab.goto(site.origin + path)
    if (path !== '/empty') await ready(tab)
    return tab
  }

  const tab = await open(scene.path ?? '/')
  const missing = await scene.play({
    tab,
    open,
    rest,
    async fidget(ms) {
      for (let n = 0; n < ms / 200; n++) {
        await tab.mouse.move(500 + (n % 2) * 40, 300)
        await rest(200)
      }
    },
    know(path, more) {
      known[path] = more
    },
  })
  for (const one of tabs) await (scene.closes ? one.close({ runBeforeUnload: true }) : leave(one))
  await rest(ARRIVES_WITHIN_MS)
  if (!scene.closes) for (const one of tabs) await one.close({ runBeforeUnload: false })
  const logs = (await reader.evaluate(readLogs)).map(parseLog)
  await reader.close({ runBeforeUnload: false })
  const checks = compare(truthsOf(logs, known, IDLE_MS), site.told())
  return { scene, checks, twice: site.twice(), missing }
}

async function leave(tab: Tab): Promise<void> {
  await tab.evaluate(() => {
    location.href = '/empty?left'
  })
  await reached(tab, '/empty')
}

/** Asks the page itself: the driver waits for a load, which a page from the cache does not have. */
export async function reached(tab: Tab, path: string): Promise<void> {
  const ends = Date.now() + REACHED_WITHIN_MS
  while (!(await tab.evaluate(wanted => location.pathname === wanted, path).catch(() => false)))
    if (Date.now() > ends) throw new Error(`${path} was not reached`)
}

/** Resolves once analytics.js has started on the page, and the plugin with it. */
export async function ready(tab: Tab): Promise<void> {
  await tab.waitForFunction(() => document.documentElement.dataset.ready !== undefined)
}
