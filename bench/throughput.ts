/** Draft. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKlaviyo } from '../examples/platforms/klaviyo.ts'
import { freePort, startChild } from '../test/support/service-child.ts'
import type { LoadOptions, LoadResult } from './throughput/load.ts'
import { storeRequests } from './throughput/requests.ts'

const SECRET = 'bench-secret-0123456789'
const [profiles = 100_000, batches = 3_000, singles = 60_000] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'inkling-throughput-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

const stock = { profiles, seed: 1, secret: SECRET, spanMs: 600_000 }
const batchFile = storeRequests(join(folder, 'batches'), {
  ...stock,
  visits: profiles + Math.ceil((batches * 100) / 12),
  perRequest: 100,
  until: Date.now(),
})
const singleFile = storeRequests(join(folder, 'singles'), {
  ...stock,
  visits: Math.ceil(singles / 12),
  perRequest: 1,
  seed: 2,
  until: Date.now(),
})
console.log(batchFile, singleFile)
mkdirSync(join(folder, 'data'))
writeFileSync(join(folder, 'c.mjs'), 'export default {}\n')
const standIn = await startKlaviyo({ apiKey: 'pk_bench', limits: false })
const port = await freePort()
const service = startChild({
  dataDir: join(folder, 'data'),
  port,
  config: join(folder, 'c.mjs'),
  environment: {
    SEGMENT_SHARED_SECRET: SECRET,
    KLAVIYO_API_KEY: 'pk_bench',
    KLAVIYO_BASE_URL: standIn.url,
    ...(process.env.NODE_OPTS && { NODE_OPTIONS: process.env.NODE_OPTS }),
  },
  onLine: l => {
    if (/failed/.test(l)) console.log(l.slice(0, 300))
  },
})
await service.ready
const pid = service.pid
function cpu() {
  const t: Record<string, number> = {}
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const f = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8')
    const name = f.slice(f.indexOf('(') + 1, f.lastIndexOf(')'))
    const p = f.slice(f.lastIndexOf(')') + 2).split(' ')
    t[`${name}:${id}`] = (Number(p[11]) + Number(p[12])) * 10
  }
  return t
}
async function backlog() {
  for (;;) {
    try {
      return ((await (await fetch(`${service.url}/readyz`)).json()) as any).backlog as number
    } catch {}
  }
}
async function drained() {
  while ((await backlog()) > 0) await sleep(20)
}
function load(options: LoadOptions): Promise<LoadResult> {
  const child = spawn(process.execPath, ['bench/throughput/load.ts', JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', d => {
    text += d
  })
  return new Promise(resolve => child.on('close', () => resolve(JSON.parse(text))))
}
const warm = batchFile.requests - batches
const shared = { port, path: '/segment', skip: 0 }
async function run(name: string, o: LoadOptions, per: number) {
  const before = cpu()
  const begun = performance.now()
  const r = await load(o)
  const loaded = performance.now()
  await drained()
  const s = (performance.now() - begun) / 1000
  console.log(
    name,
    JSON.stringify(r),
    `acked ${((r.answered * per) / ((loaded - begun) / 1000)).toFixed(0)}/s drained ${((r.answered * per) / s).toFixed(0)}/s`,
    'log',
    statSync(join(folder, 'data/log.db')).size / 1e6,
    'store',
    statSync(join(folder, 'data/store.db')).size / 1e6,
    'wal',
    statSync(join(folder, 'data/store.db-wal')).size / 1e6,
  )
  const after = cpu()
  const each = Object.entries(after)
    .map(([k, v]) => [k, ((v - (before[k] ?? 0)) * 1000) / (r.answered * per)] as const)
    .filter(([, v]) => v > 0.3)
  console.log(
    '   cpu us/message',
    each.map(([k, v]) => `${k} ${v.toFixed(1)}`).join('  '),
    'rss',
    /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1],
  )
  return (r.answered * per) / s
}
await run('warm', { ...shared, file: batchFile.path, connections: 8, rate: 0, requests: warm }, 100)
const rate = await run(
  'batches',
  { ...shared, file: batchFile.path, connections: 8, rate: 0, requests: batches, skip: warm },
  100,
)
const rate1 = await run('singles', { ...shared, file: singleFile.path, connections: 32, rate: 0, requests: singles }, 1)
await service.kill('SIGTERM')
await standIn.close()
