/**
 * How exact the plugin is: `npm run bench:plugin:accuracy`. A scripted visitor in a real Chromium does what is known, the page's own
 * event time stamps say when, and what arrives at the collector is compared with it. Arguments filter scenes by name.
 */
import { parseArgs } from 'node:util'
import { toSettings } from '../../src/browser-plugin/options.ts'
import type { EngagementProperties } from '../../src/browser-plugin/signals.ts'
import { openSites, type Sites } from '../../test/browser-plugin/site.ts'
import { setVisible } from '../../test/browser-plugin/visibility.ts'
import { type Check, compare, type Measured } from './accuracy/compare.ts'
import { HOVER_SCENES } from './accuracy/hover-scenes.ts'
import { NOT_YET } from './accuracy/not-yet.ts'
import { record } from './accuracy/record.ts'
import { SCROLL_SCENES } from './accuracy/scroll-scenes.ts'
import { openStage, type Scene } from './accuracy/stage.ts'
import { TIME_SCENES } from './accuracy/time-scenes.ts'
import { printTable } from './table.ts'

/** Scenes at a time: most of each is waiting. */
const AT_ONCE = 3

const { positionals } = parseArgs({ allowPositionals: true })
const scenes = [...TIME_SCENES, ...HOVER_SCENES, ...SCROLL_SCENES].filter(
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
    const stage = await openStage(visit.page, toSettings(scene.options ?? {}).idleMs)
    await scene.play(stage)
    await stage.hide()
    await setVisible(visit.page, false)
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
  const rows = scenes.flatMap(scene =>
    (checks.get(scene) ?? []).map(({ what, truth, measured, error, ok }, index) => [
      index === 0 ? scene.name : '',
      what,
      truth,
      measured,
      error,
      ok ? 'ok' : 'OUT',
    ]),
  )
  printTable(['scenario', 'what', 'truth', 'measured', 'error', ''], rows)
  const out = scenes.filter(scene => (checks.get(scene) ?? []).some(({ ok }) => !ok))
  console.log(
    `\n${scenes.length} scenarios played, ${rows.length} figures compared, ${out.length} scenarios out of bounds.`,
  )
  console.log('Bounds: 50 ms per hover and its count; active and visible time 1 % or 100 ms; scroll depth 1 %.')
  console.log('Hiding and the back/forward cache are given by their events: headless Chromium does neither by itself.')
  console.log(`\nNot played, and not passed (${NOT_YET.length}):`)
  printTable(
    ['scenario', 'needs'],
    NOT_YET.map(({ name, needs }) => [name, needs]),
  )
  if (out.length > 0 || scenes.length === 0) process.exitCode = 1
}
