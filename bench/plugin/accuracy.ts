/**
 * How exact the plugin is: `npm run bench:plugin:accuracy`. A scripted visitor in a real Chromium does what is known, the page's own
 * event time stamps say when, and what arrives at the collector is compared with it. Arguments filter scenes by name.
 */
import { parseArgs } from 'node:util'
import type { EngagementProperties } from '../../src/browser-plugin/signals.ts'
import { openSites, type Sites } from '../../test/browser-plugin/site.ts'
import { CLICK_SCENES } from './accuracy/click-scenes.ts'
import { type Check, compare, type Measured, rowsOf } from './accuracy/compare.ts'
import { ELSEWHERE } from './accuracy/elsewhere.ts'
import { HOVER_SCENES } from './accuracy/hover-scenes.ts'
import { record } from './accuracy/record.ts'
import { SCROLL_SCENES } from './accuracy/scroll-scenes.ts'
import { SIGNAL_SCENES } from './accuracy/signal-scenes.ts'
import { openStage, type Scene } from './accuracy/stage.ts'
import { TIME_SCENES } from './accuracy/time-scenes.ts'
import { printTable } from './table.ts'

/** Scenes at a time: most of each is waiting. */
const AT_ONCE = 3

const { positionals } = parseArgs({ allowPositionals: true })
const scenes = [...TIME_SCENES, ...HOVER_SCENES, ...SCROLL_SCENES, ...CLICK_SCENES, ...SIGNAL_SCENES].filter(
  ({ name }) => positionals.length === 0 || positionals.some(part => name.includes(part)),
)
const sites = await openSites()
const checks = new Map<Scene, readonly Check[]>()
try {
  const waiting = [...scenes]
  const worker = async () => {
    for (let scene = waiting.shift(); scene; scene = waiting.shift()) checks.set(scene, await play(sites, scene))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
} finally {
  await sites.close()
}
report()

async function play(within: Sites, scene: Scene): Promise<readonly Check[]> {
  const visit = await within.visit({
    body: scene.body,
    ...(scene.head !== undefined && { head: scene.head }),
    ...(scene.options && { options: scene.options }),
    ...(scene.context && { context: scene.context }),
    before: page => page.addInitScript(record),
  })
  try {
    const stage = await openStage(visit.page, scene)
    await scene.play(stage)
    if (!stage.hasLeft()) await stage.hide()
    await visit.settled()
    return compare(await stage.truths(), lastTotals(visit.summaries()))
  } catch (cause) {
    throw new Error(`the scene “${scene.name}” could not be played`, { cause })
  } finally {
    await visit.end()
  }
}

/** The totals of each page view as they were last told, in the order in which the views were first told of. */
function lastTotals(summaries: ReturnType<Awaited<ReturnType<Sites['visit']>>['summaries']>): readonly Measured[] {
  const views = new Map<string, Measured>()
  for (const { body } of summaries) {
    const properties: EngagementProperties = body.properties
    const known = views.get(properties.pageview_id)
    if ((known?.properties.sequence ?? 0) < properties.sequence)
      views.set(properties.pageview_id, { path: body.context.page.path, properties })
  }
  return [...views.values()]
}

function report(): void {
  const rows = scenes.flatMap(scene => rowsOf(scene.name, checks.get(scene) ?? []))
  printTable(['scenario', 'what', 'truth', 'measured', 'error', ''], rows)
  const out = scenes.filter(scene => (checks.get(scene) ?? []).some(({ ok }) => !ok))
  console.log(
    `\n${scenes.length} scenarios played, ${rows.length} figures compared, ${out.length} scenarios out of bounds.`,
  )
  console.log('Bounds: 50 ms per hover and its count; active and visible time 1 % or 100 ms; scroll depth 1 %.')
  console.log(
    'Hiding, freezing and the back/forward cache are given here by their events; bench:plugin:lifecycle has the browser do them.',
  )
  console.log('\nErrors, without their sign:')
  printTable(['of', 'compared', 'median', 'p95', 'largest'], ['hover', 'active', 'visible', 'depth'].map(errorsOf))
  console.log('\nPlayed elsewhere:')
  printTable(
    ['scenario', 'by'],
    ELSEWHERE.map(({ name, by }) => [name, by]),
  )
  if (out.length > 0 || scenes.length === 0) process.exitCode = 1
}

/** How far the figures of one kind are off, those out of bounds included. */
function errorsOf(kind: string): readonly (string | number)[] {
  const errors = [...checks.values()].flat().flatMap(({ what, error }) => {
    const off = Math.abs(Number.parseFloat(error))
    return what.startsWith(kind) && !Number.isNaN(off) ? [off] : []
  })
  const sorted = errors.toSorted((a, b) => a - b)
  const unit = kind === 'depth' ? '%' : 'ms'
  const at = (share: number) => `${sorted[Math.floor((sorted.length - 1) * share)] ?? 'none'} ${unit}`
  return [kind, sorted.length, at(0.5), at(0.95), at(1)]
}
