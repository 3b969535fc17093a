/**
 * Several processes on one topic and one database. What befalls them: one is killed, one is stopped in its tracks for longer
 * than the others wait for it and then goes on as if nothing had been, one is asked to stop and started again, the broker is
 * killed, Postgres is killed. Each of them also moves partitions from one process to another.
 */
import { join } from 'node:path'
import { Consumer } from '@platformatic/kafka'
import { Client } from 'pg'
import type { ScaleSettings } from '../../src/destination/config.ts'
import type { KafkaSettings } from '../../src/destination/intake/kafka/settings.ts'
import { createSeenIds } from '../../src/destination/store/seen-ids.ts'
import type { Random } from '../support/random.ts'
import { createTestScale, seedIn, type TestServers } from '../support/servers.ts'
import { freePort, type ServiceChild, startChild } from '../support/service-child.ts'
import { createKills, type Victim } from './kills.ts'
import { pause } from './sender.ts'
import { type KeptStore, timersIn } from './settling.ts'

export interface FleetOptions {
  /** Default 3. */
  readonly processes?: number
  readonly servers: TestServers
  /** Kill one of the two and start it again; absent: they are left alone. */
  readonly restartKafka?: () => Promise<void>
  readonly restartPostgres?: () => Promise<void>
}

/** Longer than Kafka's group and the store's leases wait for somebody. */
const PAUSED_MS = [11_000, 14_000] as const
const START_AGAIN_MS = 500
const READY_WITHIN_MS = 120_000
const LOOK_MS = 100
/** What a dead process had leased is taken over after ten seconds; a platform that fails makes it wait besides. */
const SETTLE_WITHIN_MS = 150_000

export async function openFleet(
  { processes = 3, servers, restartKafka, restartPostgres }: FleetOptions,
  {
    folder,
    config,
    environment,
    random,
  }: {
    readonly folder: string
    readonly config: string
    readonly environment: Readonly<Record<string, string>>
    readonly random: Random
  },
): Promise<Victim> {
  const scale = await untilUp(() => createTestScale(servers, 6))
  const ports = await Promise.all(Array.from({ length: processes }, () => freePort()))
  const children: ServiceChild[] = []
  const start = (index: number): ServiceChild => {
    const child = startChild({
      dataDir: join(folder, String(index)),
      port: ports[index] ?? 0,
      config,
      environment: { ...environment, ...scale.environment },
    })
    // While a server is away a process cannot start: whoever runs it tries again, as systemd does.
    void child.ended.then(async () => {
      await pause(START_AGAIN_MS)
      if (children[index] === child && !kills.isStopped()) children[index] = start(index)
    })
    return child
  }
  const resting: Promise<unknown>[] = []
  const again = async (index: number, signal: 'SIGKILL' | 'SIGTERM') => {
    await children[index]?.kill(signal)
    if (!kills.isStopped()) children[index] = start(index)
  }
  const rest = async (index: number, ms: number) => {
    const pid = children[index]?.pid ?? 0
    signal(pid, 'SIGSTOP')
    await pause(ms)
    signal(pid, 'SIGCONT')
  }
  const kills = createKills(async () => {
    const index = random.between(0, processes - 1)
    const what = random.pick([
      ...(['killed', 'killed', 'paused', 'paused', 'asked to stop'] as const),
      ...(restartKafka === undefined ? [] : (['kafka'] as const)),
      ...(restartPostgres === undefined ? [] : (['postgres'] as const)),
    ])
    switch (what) {
      case 'killed':
        return again(index, 'SIGKILL')
      case 'asked to stop':
        return again(index, 'SIGTERM')
      case 'paused':
        // The others go on meanwhile, and something else may befall them.
        resting.push(rest(index, random.between(...PAUSED_MS)))
        return
      case 'kafka':
        return restartKafka?.()
      case 'postgres':
        return restartPostgres?.()
      default:
        what satisfies never
    }
  })
  for (const index of ports.keys()) children[index] = start(index)
  const urls = ports.map(port => `http://127.0.0.1:${port}`)
  const stop = async () => {
    await kills.stop()
    await Promise.all(resting)
    const ended = await Promise.all(children.map(child => child.kill('SIGTERM')))
    await untilUp(scale.remove)
    return ended.find(how => how !== 'exit code 0') ?? 'exit code 0'
  }
  try {
    await Promise.all(urls.map(untilReady))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ...kills,
    urls,
    url: () => random.pick(urls),
    withinMs: SETTLE_WITHIN_MS,
    store: scaledStore(scale.scale),
    lost: () => 0,
    stop,
  }
}

/** A server may be away just now, killed in another round: then it takes a few tries. */
async function untilUp<Result>(ask: () => Promise<Result>): Promise<Result> {
  const until = Date.now() + READY_WITHIN_MS
  while (true) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > until) throw error
      await pause(LOOK_MS)
    }
  }
}

async function untilReady(url: string): Promise<void> {
  await untilUp(async () => {
    const { ok } = await fetch(`${url}/readyz`)
    if (!ok) throw new Error(`${url} is not ready`)
  })
}

function scaledStore({ databaseUrl, kafka }: ScaleSettings): KeptStore {
  const asked = async (statement: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new Client({ connectionString: databaseUrl })
    // Postgres is killed now and then: whoever asks finds out by the answer.
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query(statement)).rows
    } finally {
      await client.end()
    }
  }
  /** Of every partition, what is in the topic and was not taken in. */
  const behind = async (): Promise<readonly string[]> => {
    const rows = await asked('select partition, position from inkling.consumed')
    const taken = new Map(rows.map(({ partition, position }) => [Number(partition), Number(position)]))
    return (await endsOf(kafka)).flatMap((end, partition) => {
      const position = taken.get(partition) ?? 0
      return position < end ? [`partition ${partition} is at ${position} of ${end}`] : []
    })
  }
  return {
    left: async () => {
      try {
        const rows = await asked('select state from inkling.profile')
        return [...(await behind()), ...rows.flatMap(({ state }) => timersIn(String(state)))]
      } catch (error) {
        return [`a server does not answer: ${error instanceof Error ? error.message : String(error)}`]
      }
    },
    kept: async () => {
      const [meta] = await asked("select value from inkling.meta where key = 'salt'")
      const seen = createSeenIds(seedIn(String(meta?.['value'])))
      for (const { hashes } of await asked('select hashes from inkling.seen_ids'))
        if (hashes instanceof Uint8Array) seen.addAll(hashes)
      const dead = await asked("select name, reason from inkling.outbox where status = 'dead'")
      return { seen, dead: dead.map(row => JSON.stringify(row)) }
    },
  }
}

async function endsOf({ brokers, topic }: KafkaSettings): Promise<readonly number[]> {
  const consumer = new Consumer({ clientId: 'verdict', groupId: 'verdict', bootstrapBrokers: [...brokers] })
  try {
    return ((await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []).map(Number)
  } finally {
    await consumer.close(true)
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It was killed meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
