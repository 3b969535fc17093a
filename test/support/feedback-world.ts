/** A running service that takes feedback, with people it knows and what it says about them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Settings } from '../../src/destination/config.ts'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import type { Person } from '../../src/destination/explain.ts'
import { type Listening, listen } from '../../src/destination/listen.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { type Service, startService } from '../../src/destination/service.ts'

export type FeedbackTaken = Extract<LogEvent, { kind: 'feedback taken' }>

export interface FeedbackWorld {
  readonly url: string
  readonly dataDir: string
  /** Everything it has said, oldest first. */
  readonly events: readonly LogEvent[]
  post(path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Sends a batch of Segment calls and waits until it is taken in. */
  send(...calls: readonly object[]): Promise<void>
  person(id: string): Promise<Person>
  /** Settles with the first event from `since` on that fits. */
  told<K extends LogEvent['kind']>(
    kind: K,
    fits?: (event: Extract<LogEvent, { kind: K }>) => boolean,
    since?: number,
  ): Promise<Extract<LogEvent, { kind: K }>>
  /** Waits until everything in the log is taken in. */
  settled(): Promise<void>
  stop(): Promise<void>
  /** Over the same folder. */
  start(): Promise<void>
}

export async function openFeedbackWorld(
  settings: Pick<Settings, 'feedback'> & Partial<Pick<Settings, 'connectors'>>,
  now: () => number = Date.now,
  dataDir: string = mkdtempSync(join(tmpdir(), 'inkling-feedback-')),
): Promise<FeedbackWorld> {
  const events: LogEvent[] = []
  const listeners = new Set<() => void>()
  let running: { readonly service: Service; readonly listening: Listening } | undefined
  let batches = 0

  const url = () => `http://127.0.0.1:${running?.listening.port}`
  const start = async () => {
    const service = await startService({
      settings: { dataDir, segment: { writeKeys: [] }, connectors: {}, ...settings },
      policy: defaultPolicy,
      now,
      random: () => 0,
      onEvent: event => {
        events.push(event)
        for (const listener of listeners) listener()
      },
    })
    running = { service, listening: await listen(service.app, { host: '127.0.0.1', port: 0 }) }
  }
  const stop = async () => {
    const was = running
    running = undefined
    await was?.listening.close(1_000)
    await was?.service.stop()
  }
  const settled = async (): Promise<void> => {
    const { backlog } = await (await fetch(`${url()}/readyz`)).json()
    if (backlog > 0) return settled()
  }
  const isKind =
    <K extends LogEvent['kind']>(kind: K) =>
    (event: LogEvent): event is Extract<LogEvent, { kind: K }> =>
      event.kind === kind
  await start()
  onTestFinished(async () => {
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return {
    get url() {
      return url()
    },
    dataDir,
    events,
    post: (path, body, headers = {}) => fetch(url() + path, { method: 'POST', body, headers }),
    send: async (...calls) => {
      batches += 1
      const batch = calls.map((call, index) => ({ type: 'track', messageId: `m${batches}.${index}`, ...call }))
      const answer = await fetch(`${url()}/v1/batch`, {
        method: 'POST',
        body: JSON.stringify({ batch, writeKey: 'k' }),
      })
      if (answer.status !== 200) throw new Error(`the batch was answered ${answer.status}`)
      await settled()
    },
    person: async id => (await fetch(`${url()}/api/people/${encodeURIComponent(id)}`)).json(),
    told: (kind, fits = () => true, since = 0) =>
      new Promise(resolve => {
        const look = () => {
          const found = events.slice(since).filter(isKind(kind)).find(fits)
          if (found === undefined) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        look()
      }),
    settled,
    start,
    stop,
  }
}
