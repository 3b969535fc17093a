/**
 * From a threshold crossing in the browser to the request arriving at the platform, stage by stage.
 *
 * Everything is real but the platform: headless Chromium, the unmodified analytics.js with our plugin and its defaults,
 * `inkling serve` as a process of its own with its defaults, and the Klaviyo stand-in in this process. One machine, so one
 * clock. Exits with 1 when p95 is 2 s or more. `CROSSINGS` says how many are wanted at least; default 60.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChromium } from '../examples/demo/chromium.ts'
import { startKlaviyo } from '../examples/platforms/klaviyo.ts'
import type { LogEvent } from '../src/destination/log-event.ts'
import { freePort, startChild } from '../test/support/service-child.ts'
import { measureCrossings } from './latency/crossings.ts'
import { servePage } from './latency/page.ts'
import { figuresOf, type Stage, type Told, toStages } from './latency/stages.ts'

const P95_BELOW_MS = 2_000
const VIEWS_EACH = 4
const AT_ONCE = 3
const API_KEY = 'pk_bench'

const wanted = Number(process.env.CROSSINGS ?? 60)
const folder = await mkdtemp(join(tmpdir(), 'inkling-latency-'))
await writeFile(join(folder, 'inkling.config.mjs'), 'export default {}\n')
const standIn = await startKlaviyo({ apiKey: API_KEY, limits: false })
const sentAt = new Map<string, number>()
const service = startChild({
  dataDir: join(folder, 'data'),
  port: await freePort(),
  config: join(folder, 'inkling.config.mjs'),
  environment: { KLAVIYO_API_KEY: API_KEY, KLAVIYO_BASE_URL: standIn.url, SEGMENT_WRITE_KEYS: 'bench' },
  onLine: noteAttempt,
})
await service.ready
const page = await servePage(service.url)
const { browser, close } = await openChromium({ asVisitor: true })
try {
  let done = 0
  const crossings = await measureCrossings({
    ...{ browser, standIn, pageUrl: page.url, viewsEach: VIEWS_EACH, atOnce: AT_ONCE },
    visitors: Math.ceil(wanted / VIEWS_EACH),
    onCrossing: () => {
      done += 1
      if (process.stderr.isTTY) process.stderr.write(`\r${done} crossings`)
    },
  })
  const told = new Map<string, readonly Told[]>()
  for (const userId of new Set(crossings.map(crossing => crossing.userId))) told.set(userId, await askAbout(userId))
  report(toStages(crossings, told))
} finally {
  await close()
  await page.close()
  await service.kill('SIGTERM')
  await standIn.close()
  await rm(folder, { recursive: true })
}

function noteAttempt(line: string): void {
  if (!line.includes('"kind":"delivery attempted"')) return
  const event: LogEvent & { readonly at: string } = JSON.parse(line)
  if (event.kind === 'delivery attempted') sentAt.set(event.delivery, Date.parse(event.at) - event.tookMs)
}

/** Oldest first. */
async function askAbout(userId: string): Promise<readonly Told[]> {
  const answer = await fetch(`${service.url}/api/people/${userId}`)
  const { deliveries }: { deliveries: readonly { id: string; plannedAt: string; status: string }[] } =
    await answer.json()
  return deliveries
    .filter(({ status }) => status === 'delivered')
    .map(({ id, plannedAt }) => ({ id, plannedAt: Date.parse(plannedAt), sentAt: sentAt.get(id) ?? Number.NaN }))
    .toSorted((a, b) => a.plannedAt - b.plannedAt)
}

function report(stages: readonly Stage[]): void {
  const sum = (of: readonly Stage[]) => of.flatMap(({ ms }) => ms).reduce((total, ms) => total + ms, 0)
  const all = stages.filter(({ name }) => name === 'in all')
  const ms = (value: number) => value.toFixed(1)
  console.log(`\n| stage | median, ms | p95, ms | max, ms | share |\n| --- | --- | --- | --- | --- |`)
  for (const stage of stages) {
    const { median, p95, max } = figuresOf(stage.ms)
    const share = `${((100 * sum([stage])) / sum(all)).toFixed(0)} %`
    console.log(`| ${stage.name} | ${ms(median)} | ${ms(p95)} | ${ms(max)} | ${share} |`)
  }
  const ours = (100 * sum(stages.filter(stage => stage.ours))) / sum(all)
  const { p95 } = figuresOf(all[0]?.ms ?? [])
  console.log(`\n${all[0]?.ms.length} crossings. Ours, loopback network included: ${ours.toFixed(0)} % of the time.`)
  if (p95 < P95_BELOW_MS) return
  console.error(`p95 is ${ms(p95)} ms; it must be below ${P95_BELOW_MS} ms`)
  process.exitCode = 1
}
