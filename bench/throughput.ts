/**
 * How many messages a second one machine takes in, decides on and has on disk; beside what the machine could do without us,
 * in the same run: bare `node:http` that reads and parses the same bodies, and a bare SQLite loop that appends the same rows.
 *
 * `inkling serve` is a process of its own with its defaults, a stand-in for Klaviyo behind it, and everybody in its store has
 * been here before. The load is another process; so two cores share all of it. A rate is all messages over the time from the
 * first request to the commit of the last. What it costs in CPU is from the kernel, for each message.
 *
 * npm run bench:throughput -- [profiles] [batches] [single requests]
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startKlaviyo } from '../examples/platforms/klaviyo.ts'
import { freePort, startChild } from '../test/support/service-child.ts'
import { printTable } from './plugin/table.ts'
import { bareSqlite } from './throughput/bare-sqlite.ts'
import type { LoadOptions, LoadResult } from './throughput/load.ts'
import { storeRequests } from './throughput/requests.ts'
import { sendLoad } from './throughput/send-load.ts'

const SECRET = 'bench-secret-0123456789'
const MESSAGES_PER_VISIT = 12
const PER_REQUEST = 100
/** An hour of visits in a minute or so of load: many are under way at once, and timers come due. */
const SPAN_MS = 3_600_000
const CONNECTIONS = { batches: 16, singles: 256 }
/** Of rows to write, as many as fit into memory. */
const ROWS_OF_REQUESTS = { batches: 600, singles: 40_000 }

interface Way {
  readonly name: 'batches' | 'singles'
  readonly file: string
  readonly perRequest: number
  readonly skip: number
  readonly requests: number
}

interface Run {
  readonly result: LoadResult
  readonly perSecond: number
  /** µs a message, by thread. */
  readonly cpu: string
  readonly rssMb: number
  /** Messages since the start, and what both files have grown to by then, with what is not moved into them yet; MB. */
  readonly messages: number
  readonly logMb: number
  readonly storeMb: number
}

const [profiles = 100_000, batches = 4_000, singles = 100_000] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'inkling-throughput-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const [warm, ...ways] = makeStock()
const ceilings = await measureCeilings()
const runs = await measureService()
report()

function makeStock(): readonly [Way, Way, Way] {
  const base = { profiles, secret: SECRET, spanMs: SPAN_MS, until: Date.now() }
  const visits = profiles + Math.ceil((batches * PER_REQUEST * 1.6) / MESSAGES_PER_VISIT)
  const batched = storeRequests(join(folder, 'batches'), { ...base, visits, perRequest: PER_REQUEST, seed: 1 })
  const single = storeRequests(join(folder, 'singles'), {
    ...base,
    ...{ visits: Math.ceil((singles * 1.6) / MESSAGES_PER_VISIT), perRequest: 1, seed: 2 },
  })
  const first = batched.requests - Math.ceil(batches * 1.5)
  const shared = { file: batched.path, perRequest: PER_REQUEST }
  return [
    { name: 'batches', ...shared, skip: 0, requests: first },
    { name: 'batches', ...shared, skip: first, requests: batches },
    { name: 'singles', file: single.path, perRequest: 1, skip: 0, requests: singles },
  ]
}

async function measureCeilings() {
  const measured = []
  for (const way of ways) {
    const requests = Math.min(way.requests, ROWS_OF_REQUESTS[way.name])
    const skip = way.perRequest === 1 ? 0 : way.skip
    const disk = await bareSqlite({ ...way, skip, requests })
    measured.push({ http: await bareHttp(way), disk })
  }
  return measured
}

async function bareHttp(way: Way): Promise<number> {
  const port = await freePort()
  const server = spawn(process.execPath, [pathOf('bare-http.ts'), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise(resolve => server.stdout.once('data', resolve))
  const { answered, seconds } = await load(way, {
    port,
    rate: 0,
    requests: Math.ceil(way.requests / 2),
    skip: way.skip,
  })
  server.kill()
  return (answered * way.perRequest) / seconds
}

async function measureService(): Promise<readonly { readonly full: Run; readonly half: Run }[]> {
  const standIn = await startKlaviyo({ apiKey: 'pk_bench', limits: false })
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  writeFileSync(join(folder, 'inkling.config.mjs'), 'export default {}\n')
  const service = startChild({
    ...{ dataDir, port: await freePort(), config: join(folder, 'inkling.config.mjs') },
    environment: { SEGMENT_SHARED_SECRET: SECRET, KLAVIYO_API_KEY: 'pk_bench', KLAVIYO_BASE_URL: standIn.url },
  })
  await service.ready
  const port = Number(new URL(service.url).port)
  let sent = 0
  const run = async (
    way: Way,
    part: { readonly rate: number; readonly requests: number; readonly skip: number },
  ): Promise<Run> => {
    const before = cpuOf(service.pid)
    const begun = performance.now()
    const result = await load(way, { port, ...part })
    await drained(service.url)
    const messages = result.answered * way.perRequest
    sent += messages
    const seconds = (performance.now() - begun) / 1000
    return {
      result,
      perSecond: messages / seconds,
      cpu: cpuBetween(before, cpuOf(service.pid), messages),
      rssMb: rssOf(service.pid),
      messages: sent,
      logMb: sizeOf(join(dataDir, 'log.db')),
      storeMb: sizeOf(join(dataDir, 'store.db')),
    }
  }
  try {
    await run(warm, { rate: 0, ...warm })
    const measured = []
    for (const way of ways) {
      const full = await run(way, { rate: 0, ...way })
      const rate = full.perSecond / way.perRequest / 2
      const half = await run(way, { rate, requests: Math.ceil(way.requests / 2), skip: way.skip + way.requests })
      measured.push({ full, half })
    }
    return measured
  } finally {
    await service.kill('SIGTERM')
    await standIn.close()
  }
}

async function drained(url: string): Promise<void> {
  for (;;) {
    const { backlog }: { backlog: number } = await (await fetch(`${url}/readyz`)).json()
    if (backlog === 0) return
    await sleep(20)
  }
}

function load(way: Way, part: Pick<LoadOptions, 'port' | 'rate' | 'requests' | 'skip'>): Promise<LoadResult> {
  return sendLoad({ file: way.file, path: '/segment', connections: CONNECTIONS[way.name], ...part })
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`./throughput/${file}`, import.meta.url))
}

/** ms of each of a process's threads, by name and number. */
function cpuOf(pid: number): ReadonlyMap<string, number> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map(thread => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      const [, name = '', rest = ''] = /\((.*)\) (.*)$/s.exec(stat) ?? []
      const fields = rest.split(' ')
      // In hundredths of a second.
      return [`${name} ${thread}`, (Number(fields[11]) + Number(fields[12])) * 10]
    }),
  )
}

function cpuBetween(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, messages: number): string {
  const byName = new Map<string, number>()
  for (const [thread, ms] of after) {
    const name = thread.startsWith('WorkerThread') ? thread : (thread.split(' ')[0] ?? '')
    byName.set(name, (byName.get(name) ?? 0) + ((ms - (before.get(thread) ?? 0)) * 1000) / messages)
  }
  const named = [...byName].filter(([, us]) => us >= 0.5)
  return named.map(([name, us]) => `${name.replace(/ \d+$/, '')} ${us.toFixed(1)}`).join(', ')
}

function sizeOf(path: string): number {
  return [path, `${path}-wal`].reduce((sum, file) => sum + statSync(file).size / 1e6, 0)
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function report(): void {
  const n = (value: number) => Math.round(value).toLocaleString('en')
  console.log(`${n(profiles)} profiles; Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}\n`)
  const rows = ways.map(({ name }, at) => {
    const [ceiling, run] = [ceilings[at], runs[at]]
    if (ceiling === undefined || run === undefined) throw new Error('nothing was measured')
    const lower = Math.min(ceiling.http, ceiling.disk.perSecond)
    const { full, half } = run
    return [
      name === 'batches' ? 'batches of 100' : 'one at a time',
      ...[ceiling.http, ceiling.disk.perSecond, full.perSecond].map(n),
      `${Math.round((full.perSecond / lower) * 100)} %`,
      n(full.perSecond * 60),
      `${half.result.p50.toFixed(0)} / ${half.result.p99.toFixed(0)}`,
    ]
  })
  printTable(
    [
      'messages/s',
      'bare HTTP',
      'bare SQLite',
      'Inkling',
      'of the lower',
      'a minute',
      'ms to the answer at half of it, p50 / p99',
    ],
    rows,
  )
  console.log('')
  printTable(
    ['CPU, µs a message', 'by thread', 'bytes of rows', 'resident, MB'],
    ways.map(({ name }, at) => [
      name,
      runs[at]?.full.cpu ?? '',
      n(ceilings[at]?.disk.bytes ?? 0),
      n(runs[at]?.half.rssMb ?? 0),
    ]),
  )
  console.log('')
  printTable(
    ['messages since the start', 'log, MB', 'store, MB'],
    runs.map(({ half }) => [half.messages, half.logMb, half.storeMb].map(n)),
  )
  const refused = runs.flatMap(({ full, half }) => [full, half]).map(({ result }) => JSON.stringify(result.refused))
  console.log(`\nRefused, by status: ${refused.join(' ')}`)
}
