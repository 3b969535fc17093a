/**
 * A hostile day: what a service on the open internet has to live with (`test/hostile`), one kind after the other, against
 * `inkling serve` with its defaults. Meanwhile somebody else sends as they always do, and is to notice next to nothing. The
 * load, the other sender and the service share the machine. 10,000 connections need as many open files: `ulimit -n 20000`.
 *
 * npm run bench:hostile -- [share of each assault's size, 1 for all of it]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKlaviyo } from '../examples/platforms/klaviyo.ts'
import { ASSAULTS, type Target } from '../test/hostile/assaults.ts'
import type { Tally } from '../test/hostile/flood.ts'
import { startNeighbour } from '../test/hostile/neighbour.ts'
import { freePort, startChild } from '../test/support/service-child.ts'
import { printTable } from './plugin/table.ts'

const share = Number(process.argv[2] ?? 1)
const SECRETS = {
  secret: 'bench-secret-0123456789',
  writeKey: 'page',
  signingKey: { id: 'bench', secret: 'signing-0123456789' },
}

const folder = mkdtempSync(join(tmpdir(), 'inkling-hostile-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
const dataDir = join(folder, 'data')
mkdirSync(dataDir)
const config = join(folder, 'inkling.config.mjs')
writeFileSync(config, 'export default {}\n')
const standIn = await startKlaviyo({ apiKey: 'pk_bench', limits: false })
const target: Target = { port: await freePort(), ...SECRETS }
const service = startChild({
  ...{ dataDir, config, port: target.port },
  environment: {
    ...{ SEGMENT_SHARED_SECRET: SECRETS.secret, SEGMENT_WRITE_KEYS: SECRETS.writeKey },
    SIGNING_KEYS: `${SECRETS.signingKey.id}:${SECRETS.signingKey.secret}`,
    ...{ KLAVIYO_API_KEY: 'pk_bench', KLAVIYO_BASE_URL: standIn.url },
  },
})
await service.ready
const neighbour = startNeighbour(target)
const n = (value: number) => Math.round(value).toLocaleString('en')
const rows: string[][] = []
await report('–', 'nothing', async () => {
  await sleep(60_000 * share)
  return {}
})
for (const { name, size, run } of ASSAULTS) {
  const count = Math.max(1, Math.round(size * share))
  await report(n(count), name, () => run(target, count))
}
await neighbour.stop()
await service.kill('SIGTERM')
await standIn.close()
printTable(
  ['how many', 'of what', 'answered with', 's', 'others: sent, refused', 'their p50 / p99, ms', 'not ready', 'MB'],
  rows,
)
const store = new DatabaseSync(join(dataDir, 'store.db'), { readOnly: true })
const { people, largest } = store.prepare('select count(*) people, max(length(state)) largest from profile').get() ?? {}
const sizes = ['log.db', 'store.db'].map(file => `${file} ${n(statSync(join(dataDir, file)).size / 1e6)} MB`)
console.log(`\n${n(Number(people))} profiles, the largest ${n(Number(largest))} bytes; ${sizes.join(', ')}`)

async function report(count: string, name: string, run: () => Promise<Tally>): Promise<void> {
  process.stderr.write(`${count} ${name}…\n`)
  await neighbour.tell()
  const begun = performance.now()
  const tally = await run()
  await drained()
  const seconds = (performance.now() - begun) / 1000
  const { sent, refused, notReady, p50, p99 } = await neighbour.tell()
  const answered = Object.entries(tally).map(([outcome, times]) => `${outcome}: ${n(times)}`)
  rows.push([
    ...[count, name, answered.join(', '), seconds.toFixed(0), `${n(sent)}, ${n(refused)}`],
    ...[`${p50.toFixed(0)} / ${p99.toFixed(0)}`, n(notReady), n(residentMb())],
  ])
}

async function drained(): Promise<void> {
  for (;;) {
    const { backlog }: { backlog: number } = await (await fetch(`${service.url}/readyz`)).json()
    if (backlog === 0) return
    await sleep(50)
  }
}

function residentMb(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))?.[1]) / 1024
}
