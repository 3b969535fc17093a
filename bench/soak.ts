/**
 * Half an hour at half of what one machine takes in, before a platform that flaps: every two minutes its line breaks for twenty
 * seconds, by resets and by silence in turns. Log and story are kept for five minutes, so that what lets go is at work too.
 * The platform speaks Braze's words, for its limits leave room for whatever is written, and takes everything at once.
 *
 * npm run bench:soak -- [minutes] [messages a second] [profiles]
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort, startChild } from '../test/support/service-child.ts'
import { printTable } from './plugin/table.ts'
import { startFlappingLine } from './soak/flapping.ts'
import type { SoakLoad, Stretch } from './soak/load.ts'
import { startSink } from './soak/sink.ts'

const SECRET = 'bench-secret-0123456789'
const API_KEY = 'braze-key'
const RHYTHM = { everyMs: 120_000, forMs: 20_000 }
const EVERY_S = 10
const ROWS = 15
const TAKEN = /^inkling_delivered_seconds_bucket\{le="(.+?)",connector="braze",kind="event"\} (\d+)/gm
const SETTLES_WITHIN_MS = 600_000

interface Sample extends Stretch {
  readonly minute: number
  /** Requests not decided on yet, and deliveries not made yet. */
  readonly backlog: number
  readonly waiting: number
  /** Events that the platform took since the start, by how many seconds after the behaviour, at most. */
  readonly taken: ReadonlyMap<number, number>
  readonly residentMb: number
  readonly logMb: number
  readonly storeMb: number
}

const [minutes = 30, rate = 4_000, profiles = 100_000] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'inkling-soak-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const dataDir = join(folder, 'data')
mkdirSync(dataDir)
const config = join(folder, 'inkling.config.mjs')
writeFileSync(config, 'export default {}\n')
const sink = await startSink()
const line = await startFlappingLine(sink.port, RHYTHM)
const port = await freePort()
const service = startChild({
  ...{ dataDir, config, port },
  environment: {
    ...{ SEGMENT_SHARED_SECRET: SECRET, KEEP_LOG: '5m', KEEP_STORY: '5m' },
    ...{ BRAZE_API_KEY: API_KEY, BRAZE_REST_ENDPOINT: `http://127.0.0.1:${line.port}` },
  },
})
await service.ready
void service.ended.then(how => process.stderr.write(`the service has ended: ${how}\n`))
const samples: Sample[] = []
const begun = performance.now()
await sendVisits()
const behind = await lookAt()
const stopped = performance.now()
const settled = await settle()
report()
await service.kill('SIGTERM')
line.close()
sink.close()

function sendVisits(): Promise<void> {
  const options: SoakLoad = { port, secret: SECRET, profiles, rate, seconds: minutes * 60, every: EVERY_S }
  const load = spawn(
    process.execPath,
    [fileURLToPath(new URL('soak/load.ts', import.meta.url)), JSON.stringify(options)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const sampled: Promise<void>[] = []
  createInterface({ input: load.stdout }).on('line', text => {
    const stretch: Stretch = JSON.parse(text)
    sampled.push(lookAt().then(seen => void samples.push({ ...stretch, ...seen })))
    const latest = samples.at(-1)
    if (sampled.length % 6 === 0)
      process.stderr.write(
        `minute ${sampled.length / 6} of ${minutes}: ${latest?.waiting} waiting, p99 ${latest?.p99} ms, ${latest?.residentMb.toFixed(0)} MB\n`,
      )
  })
  return new Promise(resolve => load.on('close', () => resolve(Promise.all(sampled).then(() => undefined))))
}

/** As somebody who watches would: once more, if it was not answered. */
async function ask(path: string, tries = 3): Promise<string> {
  try {
    const response = await fetch(service.url + path, { headers: { connection: 'close' } })
    const text = await response.text()
    if (text === '') throw new Error(`${path} was answered ${response.status} with nothing`)
    return text
  } catch (error) {
    process.stderr.write(`${path}: ${error}; ${service.lastWords().slice(-3).join('\n  ')}\n`)
    if (tries === 1) throw error
    await sleep(1_000)
    return ask(path, tries - 1)
  }
}

async function lookAt(): Promise<Omit<Sample, keyof Stretch>> {
  const { backlog }: { backlog: number } = JSON.parse(await ask('/readyz'))
  const metrics = await ask('/metrics')
  const waiting = [...metrics.matchAll(/^inkling_deliveries\{.*state="(?:pending|retry)".*\} (\d+)/gm)]
  return {
    ...{ minute: (performance.now() - begun) / 60_000, backlog },
    taken: new Map([...metrics.matchAll(TAKEN)].map(([, within, count]) => [Number(within), Number(count)])),
    waiting: waiting.reduce((sum, [, count]) => sum + Number(count), 0),
    residentMb: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))?.[1]) / 1024,
    ...{ logMb: sizeOf('log.db'), storeMb: sizeOf('store.db') },
  }
}

/** @returns within how many seconds of the behaviour this share of the events between two looks was taken, in words. */
function takenWithin(share: number, from: Sample | undefined, to: Sample | undefined): string {
  const between = [...(to?.taken ?? [])].map(
    ([within, count]) => [within, count - (from?.taken.get(within) ?? 0)] as const,
  )
  const all = between.at(-1)?.[1] ?? 0
  const found = between.find(([, count]) => count >= share * all)?.[0]
  return all === 0 ? '–' : found === undefined || found === Number.POSITIVE_INFINITY ? 'more' : `≤ ${found}`
}

function sizeOf(name: string): number {
  return [name, `${name}-wal`].reduce((sum, file) => sum + statSync(join(dataDir, file)).size / 1e6, 0)
}

/** @returns seconds until nothing waits; undefined: it still does. */
async function settle(): Promise<number | undefined> {
  while (performance.now() - stopped < SETTLES_WITHIN_MS) {
    const { backlog, waiting } = await lookAt()
    if (backlog + waiting === 0) return (performance.now() - stopped) / 1000
    await sleep(500)
  }
  return undefined
}

function report(): void {
  const n = (value: number) => Math.round(value).toLocaleString('en')
  const length = Math.ceil(samples.length / ROWS)
  const parts = Array.from({ length: ROWS }, (_, part) => samples.slice(part * length, (part + 1) * length))
  const rows = parts
    .filter(part => part.length > 0)
    .map((part, index) => {
      const before = parts[index - 1]?.at(-1)
      const most = (of: (sample: Sample) => number) => Math.max(...part.map(of))
      const sum = (of: (sample: Sample) => number) => part.reduce((total, sample) => total + of(sample), 0)
      return [
        n(part.at(-1)?.minute ?? 0),
        ...[sum(({ messages }) => messages) / (part.length * EVERY_S), sum(({ refused }) => refused)].map(n),
        `${n(most(({ p50 }) => p50))} / ${n(most(({ p99 }) => p99))} / ${n(most(({ max }) => max))}`,
        [0.5, 0.99].map(share => takenWithin(share, before, part.at(-1))).join(' / '),
        n(most(({ backlog }) => backlog)),
        `${n(Math.min(...part.map(({ waiting }) => waiting)))} – ${n(most(({ waiting }) => waiting))}`,
        ...[most(({ residentMb }) => residentMb), most(({ logMb }) => logMb), most(({ storeMb }) => storeMb)].map(n),
      ]
    })
  printTable(
    [
      ...['until minute', 'messages/s', 'refused', 'ms to the answer, worst 10 s: p50 / p99 / longest'],
      ...[
        's to the platform, p50 / p99',
        'most requests undecided',
        'deliveries waiting',
        'resident, MB',
        'log, MB',
        'store, MB',
      ],
    ],
    rows,
  )
  const total = samples.reduce((sum, { messages }) => sum + messages, 0)
  console.log(`\n${n(total)} messages, ${line.outages()} outages, ${n(sink.taken())} objects taken by the platform.`)
  console.log(
    `At the end ${n(behind.backlog)} requests were undecided and ${n(behind.waiting)} deliveries waited; ${
      settled === undefined ? 'they still do after ten minutes' : `none did ${settled.toFixed(1)} s later`
    }.`,
  )
  process.exitCode = settled === undefined ? 1 : 0
}
