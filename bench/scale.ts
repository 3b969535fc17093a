/**
 * How many messages a second go the whole way of several processes: taken by HTTP, in the topic, read from it, decided on and
 * committed to Postgres; with one process and with two, on this one machine that runs broker, database and load as well.
 * Beside it, in the same run, what the machine could do without us: the same Kafka client writing and reading the same
 * records, and the same number of rows of the same size in transactions of the same statements.
 *
 * npm run bench:scale -- [people] [requests of 100 messages]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka } from '../scripts/servers/kafka.ts'
import { startPostgres } from '../scripts/servers/postgres.ts'
import { createTestScale, type TestScale } from '../test/support/servers.ts'
import { freePort, type ServiceChild, startChild } from '../test/support/service-child.ts'
import { printTable } from './plugin/table.ts'
import { bareKafka } from './scale/bare-kafka.ts'
import { barePostgres, type Shape, shapeOf } from './scale/bare-postgres.ts'
import { probe } from './scale/probe.ts'
import { storeRequests } from './throughput/requests.ts'
import { sendLoad } from './throughput/send-load.ts'

const SECRET = 'bench-secret-0123456789'
const PARTITIONS = 8
const PER_REQUEST = 100
const MESSAGES_PER_VISIT = 12
const PROBES = 200

const [people = 20_000, requests = 1_000] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'inkling-scale-'))
const kafka = await startKafka()
const postgres = await startPostgres()
const servers = { brokers: kafka.brokers, databaseUrl: postgres.url }
// Everybody has been here before, then `requests` at full speed and half as many at half of it.
const stock = storeRequests(join(folder, 'requests'), {
  ...{ profiles: people, perRequest: PER_REQUEST, secret: SECRET, spanMs: 3_600_000, until: Date.now(), seed: 1 },
  visits: people + Math.ceil((requests * PER_REQUEST * 1.6) / MESSAGES_PER_VISIT),
})
const warm = stock.requests - Math.ceil(requests * 1.5)

interface Run {
  readonly perSecond: number
  readonly shape: Shape
  /** ms from the first byte sent to the commit, at half of that rate. */
  readonly latency: { readonly p50: number; readonly p99: number }
}

const runs = [await measure(1), await measure(2)]
const shape = runs[0]?.shape
if (shape === undefined) throw new Error('nothing was measured')
const bare = {
  kafka: await bareKafka({ brokers: kafka.brokers, file: stock.path, skip: warm, requests }),
  postgres: await barePostgres(servers, shape, people),
}
await kafka.stop()
await postgres.stop()
rmSync(folder, { recursive: true })
report()

async function measure(processes: number): Promise<Run> {
  const scale = await createTestScale(servers, PARTITIONS)
  const children = await start(processes, scale)
  const ports = children.map(({ url }) => Number(new URL(url).port))
  const load = (part: { readonly skip: number; readonly requests: number; readonly rate: number }) =>
    Promise.all(
      ports.map((port, at) => {
        const share = Math.floor(part.requests / processes)
        return sendLoad({
          ...{ file: stock.path, path: '/segment', connections: 8, port },
          ...{ skip: part.skip + at * share, requests: share, rate: part.rate / processes },
        })
      }),
    )
  try {
    await load({ skip: 0, requests: warm, rate: 0 })
    await drained(children)
    const before = await shapeOf(scale.scale.databaseUrl)
    const begun = performance.now()
    const answered = await load({ skip: warm, requests, rate: 0 })
    await drained(children)
    const seconds = (performance.now() - begun) / 1000
    const messages = answered.reduce((sum, result) => sum + result.answered * PER_REQUEST, 0)
    const shape = (await shapeOf(scale.scale.databaseUrl)).since(before, messages)
    const perSecond = messages / seconds
    const half = load({ skip: warm + requests, requests: Math.ceil(requests / 2), rate: perSecond / PER_REQUEST / 2 })
    const latency = await probe({
      url: children[0]?.url ?? '',
      databaseUrl: scale.scale.databaseUrl,
      secret: SECRET,
      probes: PROBES,
    })
    await half
    return { perSecond, shape, latency }
  } finally {
    await Promise.all(children.map(child => child.kill('SIGTERM')))
    await scale.remove()
  }
}

async function start(processes: number, { environment }: TestScale): Promise<readonly ServiceChild[]> {
  const config = join(folder, 'inkling.config.mjs')
  writeFileSync(config, 'export default {}\n')
  const ports = await Promise.all(Array.from({ length: processes }, () => freePort()))
  const children = ports.map((port, at) =>
    startChild({
      ...{ dataDir: join(folder, String(at)), port, config },
      environment: { ...environment, SEGMENT_SHARED_SECRET: SECRET },
    }),
  )
  await Promise.all(children.map(({ ready }) => ready))
  return children
}

async function drained(children: readonly ServiceChild[]): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const backlogs = await Promise.all(
      children.map(async ({ url }): Promise<number> => (await (await fetch(`${url}/readyz`)).json()).backlog),
    )
    quiet = backlogs.every(backlog => backlog === 0) ? quiet + 1 : 0
    await sleep(20)
  }
}

function report(): void {
  const n = (value: number) => Math.round(value).toLocaleString('en')
  const lower = Math.min(bare.kafka, bare.postgres)
  console.log(
    `${n(people)} people, ${PARTITIONS} partitions; Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}\n`,
  )
  printTable(
    [
      'processes',
      'messages/s',
      'bare Kafka',
      'bare Postgres',
      'of the lower',
      'ms to the commit at half of it, p50 / p99',
    ],
    runs.map(({ perSecond, latency }, at) => [
      at + 1,
      ...[perSecond, bare.kafka, bare.postgres].map(n),
      `${Math.round((perSecond / lower) * 100)} %`,
      `${latency.p50.toFixed(0)} / ${latency.p99.toFixed(0)}`,
    ]),
  )
  console.log('')
  printTable(
    ['processes', 'messages a commit', 'rows written a message', 'bytes of WAL a message', 'characters of a state'],
    runs.map(({ shape }, at) => [
      at + 1,
      ...[shape.messages / shape.commits, shape.rows / shape.messages].map(value => value.toFixed(1)),
      ...[shape.walBytes / shape.messages, shape.stateCharacters].map(n),
    ]),
  )
}
