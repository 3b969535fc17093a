/** The edge as it runs: the real app on a free loopback port, over a real log, with a clock that stands still. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Router } from 'express'
import { onTestFinished } from 'vitest'
import { createApp } from '../../../src/destination/app.ts'
import type { Message } from '../../../src/destination/engine/message.ts'
import { openSqliteLog, type SqliteLog } from '../../../src/destination/intake/sqlite.ts'
import { parseRequest } from '../../../src/destination/parse.ts'
import type { EdgeEvent, IntakeDeps } from '../../../src/destination/routes/accept.ts'
import { createLimits } from '../../../src/destination/routes/limits.ts'
import { createTurns } from '../../../src/destination/routes/turns.ts'

export const NOW: number = Date.parse('2026-11-21T01:00:00Z')

export interface Service {
  readonly url: string
  readonly log: SqliteLog
  readonly events: readonly EdgeEvent[]
  post(path: string, body: BodyInit, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Everything in the log, parsed as ingest will parse it. */
  messages(): Promise<readonly Message[]>
}

export async function startService(
  deps: Partial<IntakeDeps> = {},
  operations: Router = Router(),
  hooks: Router = Router(),
): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-edge-'))
  const log = openSqliteLog(join(folder, 'log.sqlite'), { commitAfterMs: 1 })
  const events: EdgeEvent[] = []
  const intake: IntakeDeps = {
    append: (entry, quarantined) => log.append(entry, quarantined),
    settings: { writeKeys: [] },
    limits: createLimits({ perAddress: 0, perKey: 0, trustedProxies: 0 }),
    turns: createTurns(Date.now, () => false),
    now: () => NOW,
    overloaded: () => false,
    onEvent: event => events.push(event),
    ...deps,
  }
  const server = await listening(createApp({ intake, hooks, operations }).listen(0, '127.0.0.1'))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
    log.close()
    rmSync(folder, { recursive: true })
  })
  const url = `http://127.0.0.1:${portOf(server)}`
  return {
    url,
    log,
    events,
    post: (path, body, headers = {}) => fetch(url + path, { method: 'POST', body, headers }),
    async messages() {
      const entries = await log.read(0, 1_000)
      return entries.flatMap(({ call, body, receivedAt, position }) => {
        const parsed = parseRequest(call, body, receivedAt, position)
        return parsed.kind === 'parsed' ? parsed.messages.map(({ message }) => message) : []
      })
    },
  }
}

export function listening(server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve(server))
    server.once('error', reject)
  })
}

export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}
