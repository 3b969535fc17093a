/**
 * Whether the last totals of every page view arrive, however it is left: `npm run bench:plugin:delivery`, with `--exits 250` and
 * `--seed 1`. The truth is what each page wrote down when it ended, in the site's own storage, by listeners of the bench.
 */
import { parseArgs } from 'node:util'
import { toSettings } from '../../src/browser-plugin/options.ts'
import type { EngagementProperties } from '../../src/browser-plugin/signals.ts'
import { openSites, type Visit } from '../../test/browser-plugin/site.ts'
import { activeTruth, intentsOf, lengthOf, record } from './accuracy/record.ts'
import { BODY, createRandom, travel } from './delivery/journey.ts'
import { KEPT_PREFIX, type Kept, keep, parseKept, readKept } from './delivery/keep.ts'
import { printTable, required } from './table.ts'

const AT_ONCE = 3
/** Of active and visible time, ms. */
const TIME_MS = 100
/** A shorter view rounds to nothing and is not told. ms */
const TELLS_FROM_MS = 50
/** What is on its way when the last tab closes has this long to arrive, ms. */
const ARRIVES_WITHIN_MS = 3000

const { values } = parseArgs({
  options: { exits: { type: 'string', default: '250' }, seed: { type: 'string', default: '1' } },
})
const exits = Number(values.exits)
const { idleMs } = toSettings({})

/** The last totals of one page view. */
interface Told {
  readonly path: string
  readonly startedAt: string
  readonly properties: EngagementProperties
}

type Fate = 'arrived' | 'lost' | 'wrong' | 'too short to tell' | 'left before measuring began'

const sites = await openSites()
const fates: { readonly how: string; readonly fate: Fate; readonly why?: string | undefined }[] = []
let twice = 0
let unknown = 0
try {
  let left = exits
  let number = 0
  const worker = async (seed: number) => {
    const random = createRandom(seed)
    const visit = await sites.visit({ body: BODY })
    const context = visit.page.context()
    await context.addInitScript(record)
    await context.addInitScript(keep)
    const { origin } = new URL(visit.page.url())
    while (left > 0) {
      number += 1
      const made = await travel(await context.newPage(), { origin, number, random })
      left -= made
    }
    await visit.page.waitForTimeout(ARRIVES_WITHIN_MS)
    judge((await visit.page.evaluate(readKept, KEPT_PREFIX)).map(parseKept), visit)
    await visit.end()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => worker(Number(values.seed) * 100 + n)))
} finally {
  await sites.close()
}
report()

/** Puts each view that ended beside what was told of it. Views of one path are told apart by their order. */
function judge(kept: readonly Kept[], visit: Visit): void {
  const told = lastTold(visit)
  const ids = visit.summaries().map(({ body }) => body.messageId)
  twice += ids.length - new Set(ids).size
  for (const path of new Set(kept.map(({ path }) => path))) {
    const ended = kept.filter(one => one.path === path).toSorted((a, b) => a.endedAt - b.endedAt)
    const arrived = told.filter(one => one.path === path).toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
    for (const view of ended) {
      const { how } = view
      if (view.from === undefined) {
        fates.push({ how, fate: 'left before measuring began' })
        continue
      }
      const found = arrived.findIndex(({ properties }) => difference(view, properties) === undefined)
      if (found >= 0) arrived.splice(found, 1)
      if (found >= 0) fates.push({ how, fate: 'arrived' })
      else if (lengthOf(view.visible) < TELLS_FROM_MS) fates.push({ how, fate: 'too short to tell' })
      else {
        const [next] = arrived
        fates.push({ how, fate: next ? 'wrong' : 'lost', why: next && difference(view, next.properties) })
      }
    }
    // A page that was left while analytics.js was still starting may have begun to measure, and says so itself.
    unknown += Math.max(arrived.length - ended.filter(({ from }) => from === undefined).length, 0)
  }
}

function lastTold(visit: Visit): readonly Told[] {
  const views = new Map<string, Told>()
  for (const { body } of visit.summaries()) {
    const { pageview_id, sequence }: EngagementProperties = body.properties
    const known = views.get(pageview_id)
    if ((known?.properties.sequence ?? 0) >= sequence) continue
    views.set(pageview_id, {
      path: body.context.page.path,
      startedAt: known?.startedAt ?? body.timestamp,
      properties: body.properties,
    })
  }
  return [...views.values()]
}

/** @returns what differs between a view and its last totals; undefined when nothing does. */
function difference({ from = 0, to, visible, events }: Kept, told: EngagementProperties): string | undefined {
  const truth = {
    visible: lengthOf(visible),
    active: activeTruth(intentsOf(events), visible, idleMs),
    clicks: events.filter(({ type, on, at }) => type === 'click' && on === 'card' && at >= from && at <= to).length,
  }
  const clicks = told.clicks.filter(({ element }) => element === 'card').length
  if (clicks !== truth.clicks) return `${clicks} clicks, not ${truth.clicks}`
  if (Math.abs(told.visible_ms - truth.visible) > TIME_MS) return `visible ${told.visible_ms}, not ${truth.visible} ms`
  if (Math.abs(told.active_ms - truth.active) > TIME_MS) return `active ${told.active_ms}, not ${truth.active} ms`
  return undefined
}

function report(): void {
  const columns: readonly Fate[] = ['arrived', 'lost', 'wrong', 'too short to tell', 'left before measuring began']
  const count = (how: string, fate: Fate) =>
    fates.filter(one => (how === 'all' || one.how === how) && one.fate === fate).length
  const ways = [...new Set(fates.map(({ how }) => how))].toSorted()
  printTable(
    ['left by', ...columns],
    [...ways, 'all'].map(how => [how, ...columns.map(fate => count(how, fate))]),
  )
  for (const { how, fate, why } of fates) if (fate === 'wrong') console.log(`${how}: ${required(why, 'reason')}`)
  const arrived = count('all', 'arrived')
  const due = arrived + count('all', 'lost') + count('all', 'wrong')
  console.log(
    `\n${fates.length} page exits, seed ${values.seed}. Last totals arrived for ${arrived} of ${due} (${((arrived / due) * 100).toFixed(1)} %).`,
  )
  console.log(`Messages that came twice: ${twice}. Views told of that nobody made: ${unknown}.`)
  if (arrived < due || twice > 0 || unknown > 0 || due === 0) process.exitCode = 1
}
