/** The whole service in this process: real HTTP in, a Klaviyo stand-in behind it, its clock in the test's hand. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type KlaviyoStandIn, startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { defaultPolicy, type Policy } from '../../src/destination/engine/policy.ts'
import { type Listening, listen } from '../../src/destination/listen.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { type Service, startService } from '../../src/destination/service.ts'

export type Attempted = Extract<LogEvent, { kind: 'delivery attempted' }>

export interface RunningService {
  readonly standIn: KlaviyoStandIn
  /** Everything it has said, oldest first. */
  readonly events: readonly LogEvent[]
  /** Sends one batch and waits for its acknowledgement. */
  send(...calls: readonly object[]): Promise<void>
  /** @returns the next attempt from now on that fits. */
  nextAttempt(fits?: (attempt: Attempted) => boolean): Promise<Attempted>
  /** What the service answers an operator. */
  deliveries(status: string): Promise<readonly Delivery[]>
  platforms(): Promise<unknown>
  /** Sets the clock forward and has the service look at it: a stranger is introduced and written to. */
  pass(ms: number): Promise<void>
  stop(): Promise<void>
  /** Over the same folder. */
  start(): Promise<void>
}

export interface Delivery {
  readonly id: string
  readonly kind: 'event' | 'traits'
  readonly name?: string
  readonly attempts: number
  readonly reason?: string
}

const API_KEY = 'pk_test'

export async function openService(policy: Policy = defaultPolicy): Promise<RunningService> {
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-service-'))
  const standIn = await startKlaviyo({ apiKey: API_KEY, limits: false })
  const events: LogEvent[] = []
  const listeners = new Set<(event: LogEvent) => void>()
  let forward = 0
  let sent = 0
  let running: { readonly service: Service; readonly listening: Listening } | undefined

  const stop = async () => {
    const was = running
    running = undefined
    await was?.listening.close(1_000)
    await was?.service.stop()
  }
  const start = async () => {
    const service = await startService({
      settings: {
        dataDir,
        segment: { writeKeys: [] },
        connectors: { klaviyo: { apiKey: API_KEY, baseUrl: standIn.url } },
      },
      policy,
      now: () => Date.now() + forward,
      random: () => 0,
      onEvent: event => {
        events.push(event)
        for (const listener of listeners) listener(event)
      },
    })
    running = { service, listening: await listen(service.app, { host: '127.0.0.1', port: 0 }) }
  }
  const url = () => `http://127.0.0.1:${running?.listening.port}`
  const send = async (...calls: readonly object[]) => {
    sent += 1
    const batch = calls.map((call, index) => ({ type: 'track', messageId: `m${sent}.${index}`, ...call }))
    const { status } = await fetch(`${url()}/v1/batch`, {
      method: 'POST',
      body: JSON.stringify({ batch, writeKey: 'k' }),
    })
    if (status !== 200) throw new Error(`the batch was answered ${status}`)
  }
  const nextAttempt = (fits: (attempt: Attempted) => boolean = () => true) =>
    new Promise<Attempted>(resolve => {
      const listener = (event: LogEvent) => {
        if (event.kind !== 'delivery attempted' || !fits(event)) return
        listeners.delete(listener)
        resolve(event)
      }
      listeners.add(listener)
    })
  await start()
  onTestFinished(async () => {
    await stop()
    await standIn.close()
    rmSync(dataDir, { recursive: true })
  })
  return {
    ...{ standIn, events, send, nextAttempt, start, stop },
    async deliveries(status) {
      const answer = await fetch(`${url()}/api/deliveries?status=${status}`)
      const { deliveries }: { deliveries: readonly Delivery[] } = await answer.json()
      return deliveries
    },
    platforms: async () => (await fetch(`${url()}/api/platforms`)).json(),
    async pass(ms) {
      forward += ms
      const stranger = `stranger-${sent}`
      const written = nextAttempt(({ of, outcome }) => of === 'traits' && outcome === 'delivered')
      await send({ type: 'identify', userId: stranger })
      await written
    },
  }
}
