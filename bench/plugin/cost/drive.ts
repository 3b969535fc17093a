import type { Browser, CDPSession, Page } from 'playwright-core'

/** What one phase cost the main thread of the page. */
export interface Spent {
  readonly scriptMs: number
  readonly taskMs: number
  readonly layouts: number
}

export const PHASES = ['load', 'move', 'scroll', 'click', 'idle'] as const
export type Phase = (typeof PHASES)[number]

export const COUNTS = { move: 600, scroll: 150, click: 30, idleMs: 5000 } as const

/** Time for what a script does after it started, ms. */
const SETTLE_MS = 800

export interface Driven {
  readonly phases: Readonly<Record<Phase, Spent>>
}

/** Opens a page of its own context, runs `use`, and closes it. */
export async function withPage<T>(browser: Browser, use: (page: Page, devtools: CDPSession) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } })
  try {
    const page = await context.newPage()
    return await use(page, await context.newCDPSession(page))
  } finally {
    await context.close()
  }
}

/** Visits the page and drives it through all phases. Time is that of the thread, so that neighbours on the machine count less. */
export async function drive(page: Page, devtools: CDPSession, url: string): Promise<Driven['phases']> {
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const blank = await read(devtools)
  await page.goto(url)
  await page.waitForTimeout(SETTLE_MS)
  const loaded = await read(devtools)
  await movePointer(devtools)
  const moved = await read(devtools)
  await turnWheel(devtools)
  const scrolled = await read(devtools)
  await click(devtools)
  // What was put off until the page is idle belongs to the clicks.
  await page.waitForTimeout(SETTLE_MS)
  const clicked = await read(devtools)
  await page.waitForTimeout(COUNTS.idleMs)
  const idled = await read(devtools)
  return {
    // A new document begins at zero with the script and tasks of its own; what the tab did before is not counted into it.
    load: between(loaded.scriptMs < blank.scriptMs ? { scriptMs: 0, taskMs: 0, layouts: 0 } : blank, loaded),
    move: between(loaded, moved),
    scroll: between(moved, scrolled),
    click: between(scrolled, clicked),
    idle: between(clicked, idled),
  }
}

async function read(devtools: CDPSession): Promise<Spent> {
  const { metrics } = await devtools.send('Performance.getMetrics')
  const of = (name: string) => metrics.find(metric => metric.name === name)?.value ?? 0
  return { scriptMs: of('ScriptDuration') * 1000, taskMs: of('TaskDuration') * 1000, layouts: of('LayoutCount') }
}

function between(from: Spent, to: Spent): Spent {
  return { scriptMs: to.scriptMs - from.scriptMs, taskMs: to.taskMs - from.taskMs, layouts: to.layouts - from.layouts }
}

/** A winding way over the cards, so that about every sixth move is on another one. */
export async function movePointer(devtools: CDPSession, moves: number = COUNTS.move): Promise<void> {
  for (let n = 0; n < moves; n++) {
    const x = 40 + ((n * 37) % 900)
    const y = 120 + ((60 * Math.floor((n * 37) / 900 / 2) ** 1) % 600)
    await devtools.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y })
  }
}

export async function turnWheel(devtools: CDPSession, ticks: number = COUNTS.scroll): Promise<void> {
  for (let n = 0; n < ticks; n++)
    await devtools.send('Input.dispatchMouseEvent', {
      type: 'mouseWheel',
      x: 500,
      y: 400,
      deltaX: 0,
      deltaY: n % 50 < 40 ? 40 : -60,
    })
}

export async function click(devtools: CDPSession, clicks: number = COUNTS.click): Promise<void> {
  for (let n = 0; n < clicks; n++) {
    const at = { x: 100 + ((n * 97) % 800), y: 150 + ((n * 61) % 500), button: 'left', clickCount: 1 } as const
    await devtools.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: at.x, y: at.y })
    await devtools.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...at })
    await devtools.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...at })
  }
}
