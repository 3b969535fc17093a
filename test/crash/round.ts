/**
 * One round: people act, the platform fails now and then, the service is killed again and again; in the end it is let
 * settle, and what the platform then knows is compared with what people did.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KlaviyoStandIn, startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { createRandom, type Random } from '../support/random.ts'
import { freePort, startChild } from '../support/service-child.ts'
import { type FleetOptions, openFleet } from './fleet.ts'
import { createKills, drawKill, type Kill, type Victim } from './kills.ts'
import { createPeople, type Person } from './people.ts'
import { createPower } from './power.ts'
import { type Sent, sendVisit } from './sender.ts'
import { embeddedStore, type Settled, whenSettled } from './settling.ts'

export interface RoundOptions {
  readonly seed: number
  /** Default 16. */
  readonly people?: number
  /** Default 6 while people act, and 1 after. */
  readonly kills?: { readonly load: number; readonly settling: number }
  /** The library with which each kill takes the power too; absent: what was written stays. */
  readonly shim?: string
  /** Several processes that share a topic and a database; absent: one, with files of its own. */
  readonly fleet?: FleetOptions
}

export interface Visit {
  readonly person: Person
  readonly sent: readonly Sent[]
}

export interface Round {
  readonly visits: readonly Visit[]
  readonly standIn: Pick<KlaviyoStandIn, 'profiles' | 'events' | 'requests'>
  readonly settled: Settled
  readonly kills: number
  /** Writes that were not synced, and gone with the power. */
  readonly lost: number
  /** How the last one ended when it was asked to, not killed. */
  readonly ended: string
}

/** Without any act for this long, a cart counts as abandoned: short enough to wait for, long enough to restart in. */
export const ABANDONED_MS = 7_000
/** The reminder is followed up once more this long after it. */
const SECOND_STEP_MS = 2_000
/** Several faults for each person would keep them waiting through long pauses between tries; this is about one each. */
const FAULT_PER_REQUEST = 0.15
const API_KEY = 'pk_crash'
/** Some deliveries need several tries, and the waits between them grow. */
const SETTLE_WITHIN_MS = 60_000

export async function runRound(options: RoundOptions): Promise<Round> {
  const { seed, people = 16, kills = { load: 6, settling: 1 }, shim, fleet } = options
  const random = createRandom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'inkling-crash-'))
  const config = join(folder, 'inkling.config.mjs')
  writeFileSync(
    config,
    `export default {
      moments: { cartAbandoned: { after: '${ABANDONED_MS}ms' } },
      sequences: {
        cart_abandonment: {
          quiet: '0s',
          steps: [{ after: '0s', channel: 'email' }, { after: '${SECOND_STEP_MS}ms', channel: 'email' }],
        },
        pricing_comparison: { enabled: false },
      },
    }\n`,
  )
  const standIn = await startKlaviyo({ apiKey: API_KEY, limits: false })
  const environment = { KLAVIYO_API_KEY: API_KEY, KLAVIYO_BASE_URL: standIn.url, SEGMENT_WRITE_KEYS: 'crash' }
  const victim =
    fleet === undefined
      ? await openOne({ folder, config, environment, ...(shim !== undefined && { shim }) })
      : await openFleet(fleet, { folder, config, environment, random: random.fork('fleet') })
  const stormy = random.fork('storm')
  standIn.onChange(() => victim.notice('recorded'))
  try {
    victim.plan(draws('load', kills.load, random))
    const onRequest = () => victim.notice('request')
    let broken = -1
    const onAcknowledged = () => {
      const met = standIn.requests().length
      // A fault that nothing has met yet stays the only one: a row of them is an outage, which is left alone for minutes.
      if (stormy.chance(FAULT_PER_REQUEST) && met > broken) {
        broken = met
        breakSomething(standIn, stormy)
      }
      victim.notice('acknowledged')
    }
    const visits = await Promise.all(
      createPeople(people, random).map(async person => {
        const sender = { url: victim.url, random: random.fork(`sender ${person.userId}`), onRequest, onAcknowledged }
        return { person, sent: await sendVisit(person, sender) }
      }),
    )
    for (let last = 0; last < 3; last += 1) breakSomething(standIn, stormy)
    victim.plan(draws('settling', kills.settling, random))
    const settled = await whenSettled(victim)
    const ended = await victim.stop()
    return { visits, standIn, settled, kills: victim.killed(), lost: victim.lost(), ended }
  } finally {
    await victim.stop()
    await standIn.close()
    rmSync(folder, { recursive: true })
  }
}

function draws(phase: 'load' | 'settling', count: number, random: Random): readonly Kill[] {
  const fork = random.fork(`kills ${phase}`)
  return Array.from({ length: count }, () => drawKill(phase, fork))
}

/** Nothing here is a refusal: whatever was sent must arrive in the end. */
function breakSomething(standIn: KlaviyoStandIn, random: Random): void {
  const fault = random.pick([
    { kind: 'silence', ms: random.between(10, 600) },
    { kind: 'silence', ms: random.between(10, 600) },
    { kind: 'half-body' },
    { kind: 'status', status: random.pick([500, 503]) },
    { kind: 'html', status: random.pick([200, 502]) },
    { kind: 'throttle', retryAfterS: 1 },
  ] as const)
  standIn.fail(fault, { afterRecording: fault.kind !== 'throttle' && random.chance(0.6) })
}

async function openOne({
  folder,
  config,
  environment,
  shim,
}: {
  readonly folder: string
  readonly config: string
  readonly environment: Readonly<Record<string, string>>
  readonly shim?: string
}): Promise<Victim> {
  const port = await freePort()
  const dataDir = join(folder, 'data')
  const power = shim === undefined ? undefined : createPower(shim, { dataDir, notes: join(folder, 'notes') })
  const start = () => startChild({ dataDir, port, config, environment: { ...environment, ...power?.environment } })
  let child = start()
  let lost = 0
  const kills = createKills(async () => {
    await child.kill('SIGKILL')
    lost += power?.lose() ?? 0
    if (!kills.isStopped()) child = start()
  })
  const url = `http://127.0.0.1:${port}`
  return {
    ...kills,
    ...{ url: () => url, urls: [url], store: embeddedStore(dataDir), withinMs: SETTLE_WITHIN_MS },
    lost: () => lost,
    stop: async () => {
      await kills.stop()
      return child.kill('SIGTERM')
    },
  }
}
