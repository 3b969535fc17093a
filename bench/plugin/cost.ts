/**
 * What the plugin costs the page, beside its peers in the same run: `npm run bench:plugin:cost`, with `--rounds 3`, and `--only Inkling` for
 * those whose name has the word, `--part 300`, `2000`, `heap` or `clicks` for one table. Compare rows of one run only: another machine gives other milliseconds.
 */
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { openChromium } from '../../examples/demo/chromium.ts'
import { bundleAll, CONTESTANTS, type Contestant } from './cost/contestants.ts'
import { click, drive, movePointer, PHASES, type Phase, turnWheel, withPage } from './cost/drive.ts'
import { type CostSite, openCostSite } from './cost/site.ts'
import { heapOf, type Traced, traced } from './cost/trace.ts'
import { installPeers } from './peers.ts'
import { median, printTable, required } from './table.ts'

const OURS = 'Inkling'
const EMPTY = 'empty page'
const NOTHING = 'listeners that do nothing'
/** Script time that ours may add to each phase, ms. */
const BUDGET: Readonly<Record<Phase, number>> = { load: 8, move: 4, scroll: 3, click: 1.5, idle: 0.5 }
const HEAP_BUDGET_KB = 200
const INP_BUDGET_MS = 1
const LONGEST_BUDGET_MS = 10
/** One page of the kind that shops have, and one that marks everything. */
const PAGES = [300, 2000] as const
const ROUND_OF_USE_MS = 10_000

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    part: { type: 'string', default: 'all' },
  },
})
const rounds = Number(values.rounds)
const contestants = CONTESTANTS.filter(({ name }) => name === EMPTY || name === NOTHING || name.includes(values.only))
installPeers()
const site = await openCostSite(await bundleAll(contestants))
const { browser, close } = await openChromium({ asVisitor: true })
const misses: string[] = []
try {
  for (const cards of PAGES) if (asked(String(cards))) await scriptTable(cards)
  if (asked('heap')) await heapTable()
  if (asked('clicks')) await interactionTable()
} finally {
  await close()
  await site.close()
}
console.log(misses.length === 0 ? '\nAll budgets are held.' : `\nMissed: ${misses.join('; ')}`)
if (misses.length > 0) process.exitCode = 1

function asked(part: string): boolean {
  return values.part === 'all' || values.part === part
}

function urlOf(name: string, cards: number, busy = ''): string {
  return `${site.origin}/page?cards=${cards}&name=${encodeURIComponent(name)}${busy}`
}

interface Run {
  readonly script: Readonly<Record<Phase, number>>
  readonly sent: number
}

/** Rounds are interleaved, so that a busy minute of the machine meets everybody. */
async function scriptTable(cards: number): Promise<void> {
  const here = contestants.filter(({ many }) => many || cards === PAGES[0])
  const runs = new Map<string, Run[]>(here.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const { name } of here) runs.get(name)?.push(await runOnce(browser, site, urlOf(name, cards)))
  const of = (name: string, phase: Phase) =>
    required(median(required(runs.get(name), name).map(({ script }) => script[phase])), 'run')

  const rows: (string | number)[][] = []
  for (const { name } of here) {
    const { forced, longestMs } = await traceOnce(name, cards)
    const base = name === EMPTY ? () => 0 : (phase: Phase) => of(EMPTY, phase)
    const own = PHASES.map(phase => of(name, phase) - base(phase))
    const sent = required(median(required(runs.get(name), name).map(run => run.sent)), 'run')
    const all = PHASES.map((phase, index) => `${of(name, phase).toFixed(1)} (${(own[index] ?? 0).toFixed(1)})`)
    rows.push([name, ...(name === EMPTY ? own.map(ms => ms.toFixed(1)) : all), sent, forced, longestMs.toFixed(1)])
    if (name === OURS) check(cards, own, { forced, longestMs })
  }
  console.log(`\n${cards} cards. Script ms of the thread in all (and above the empty page), median of ${rounds}, for`)
  console.log(
    'load / 600 moves / 150 wheel ticks / 30 clicks / 5 s idle; bytes sent; layouts forced; longest run of its script, ms.',
  )
  printTable(['', ...PHASES, 'sent', 'forced', 'longest'], rows)
}

function check(cards: number, own: readonly number[], { forced, longestMs }: Traced): void {
  PHASES.forEach((phase, index) => {
    const ms = own[index] ?? 0
    if (ms > BUDGET[phase]) misses.push(`${cards} cards, ${phase}: ${ms.toFixed(1)} of ${BUDGET[phase]} ms`)
  })
  if (forced > 0) misses.push(`${cards} cards: ${forced} forced layouts`)
  if (longestMs > LONGEST_BUDGET_MS) misses.push(`${cards} cards: ${longestMs.toFixed(1)} ms at a stretch`)
}

function runOnce(within: Browser, { takeSent }: CostSite, url: string): Promise<Run> {
  return withPage(within, async (page, devtools) => {
    takeSent()
    const spent = await drive(page, devtools, url)
    // Leaving sends the rest.
    await page.goto('about:blank')
    await page.waitForTimeout(300)
    const script = Object.fromEntries(PHASES.map(phase => [phase, spent[phase].scriptMs]))
    return { script: { load: 0, move: 0, scroll: 0, click: 0, idle: 0, ...script }, sent: takeSent() }
  })
}

function traceOnce(name: string, cards: number): Promise<Traced> {
  return withPage(browser, (page, devtools) =>
    traced(browser, page, async () => {
      await page.goto(urlOf(name, cards))
      await page.waitForTimeout(500)
      await movePointer(devtools, 200)
      await turnWheel(devtools, 100)
      await click(devtools, 10)
      await page.waitForTimeout(1000)
    }),
  )
}

/** An hour of use in the page's own, faster clock: a few moves and a turn of the wheel every ten seconds, a click every thirty. */
async function heapTable(): Promise<void> {
  const rows: (string | number)[][] = []
  for (const { name } of contestants.filter(one => one.name === EMPTY || one.name === OURS)) {
    const grown = await hourOf(name)
    rows.push([name, Math.round(grown / 1024)])
    if (name === OURS && grown / 1024 > HEAP_BUDGET_KB)
      misses.push(`heap: ${Math.round(grown / 1024)} of ${HEAP_BUDGET_KB} KB`)
  }
  console.log('\nHeap after an hour of use above that after its first five minutes, KB, 300 cards.')
  printTable(['', 'KB'], rows)
}

function hourOf(name: string): Promise<number> {
  return withPage(browser, async (page, devtools) => {
    await page.clock.install()
    await page.goto(urlOf(name, 300))
    const use = async (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        await movePointer(devtools, 5)
        await turnWheel(devtools, 1)
        if (n % 3 === 0) await click(devtools, 1)
        await page.clock.runFor(ROUND_OF_USE_MS)
      }
    }
    await use(0, 30)
    const before = await heapOf(devtools)
    await use(30, 390)
    return (await heapOf(devtools)) - before
  })
}

/** From a click to the end of what all listeners did with it. The browser rounds INP itself to 8 ms, so its parts are added up. */
async function interactionTable(): Promise<void> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const { name } of contestants) times.get(name)?.push(await clickTimes(name))
  const of = ({ name }: Contestant) => required(median(required(times.get(name), name)), 'run')
  const rows = contestants.map(one => [one.name, of(one).toFixed(1)])
  console.log(
    `\nClick to the end of its listeners at p75, ms, median of ${rounds} runs of 40 clicks on a page whose own listener takes 20 ms.`,
  )
  printTable(['', 'p75'], rows)
  const [empty, ours] = [EMPTY, OURS]
    .map(name => contestants.find(one => one.name === name))
    .map(one => (one ? of(one) : 0))
  if ((ours ?? 0) - (empty ?? 0) > INP_BUDGET_MS)
    misses.push(`click p75: ${(ours ?? 0).toFixed(1)}, empty ${(empty ?? 0).toFixed(1)} ms`)
}

function clickTimes(name: string): Promise<number> {
  return withPage(browser, async (page, devtools) => {
    await page.addInitScript(() => {
      const took: number[] = []
      new PerformanceObserver(list => {
        for (const entry of list.getEntriesByType('event'))
          if (entry.name === 'click' && 'processingEnd' in entry)
            took.push(Number(entry.processingEnd) - entry.startTime)
      }).observe(Object.assign({ type: 'event', buffered: true }, { durationThreshold: 16 }))
      Object.assign(window, { took })
    })
    await page.goto(urlOf(name, 300, '&busy'))
    await page.waitForTimeout(500)
    for (let n = 0; n < 40; n++) {
      await click(devtools, 1)
      await page.waitForTimeout(40)
    }
    await page.waitForTimeout(300)
    const took: number[] = await page.evaluate('took')
    if (took.length < 30) throw new Error(`only ${took.length} clicks were timed with ${name}`)
    return took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.75)] ?? 0
  })
}
