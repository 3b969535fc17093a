/** The real service over a folder of its own, set up as an operator would: by environment and configuration file. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { parseEnvironment } from '../../src/destination/config.ts'
import type { InklingConfig } from '../../src/destination/define-config.ts'
import { listen } from '../../src/destination/listen.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'
import { startService } from '../../src/destination/service.ts'

export interface LiveService {
  readonly url: string
  /** Everything it has said, oldest first. */
  readonly events: readonly LogEvent[]
  /** Sends one request of Segment's webhook and waits for its acknowledgement. */
  send(...calls: readonly object[]): Promise<void>
  /** Settles once something holds, asked now and whenever the service has said something. */
  until(holds: () => boolean): Promise<void>
}

export interface LiveOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly config?: InklingConfig
  readonly now?: () => number
}

/** It stops when the test is over, before what was opened earlier is closed. */
export async function openLiveService({ environment = {}, config = {}, now }: LiveOptions): Promise<LiveService> {
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-live-'))
  const policy = parsePolicy(config)
  const parsed = parseEnvironment({ DATA_DIR: dataDir, ...environment })
  if (policy.kind === 'invalid') throw new Error(policy.problems.join('\n'))
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  const events: LogEvent[] = []
  const watchers = new Set<() => void>()
  const service = await startService({
    ...{ settings: parsed.settings, policy: policy.policy, random: () => 0 },
    ...(now !== undefined && { now }),
    onEvent: event => {
      events.push(event)
      for (const look of watchers) look()
    },
  })
  const listening = await listen(service.app, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await listening.close(0)
    await service.stop()
    rmSync(dataDir, { recursive: true })
  })
  const url = `http://127.0.0.1:${listening.port}`
  let sent = 0
  return {
    url,
    events,
    async send(...calls) {
      sent += 1
      const batch = calls.map((call, index) => ({ type: 'track', messageId: `m${sent}.${index}`, ...call }))
      const { status } = await fetch(`${url}/segment`, { method: 'POST', body: JSON.stringify(batch) })
      if (status !== 200) throw new Error(`the request was answered ${status}`)
    },
    until: holds =>
      new Promise(resolve => {
        const look = () => {
          if (!holds()) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
  }
}
