/** The platforms' accounts as server-sent events: whole at first, and whole again after every change. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { onChangeOf, type StandIns, toAccounts } from './accounts.ts'

export interface AccountStream {
  join(request: IncomingMessage, response: ServerResponse): void
  close(): void
}

/** The browser's own wait before it connects again is 3–5 s; on one machine it may be shorter. */
const RECONNECT_MS = 1000

export function openAccountStream(standIns: StandIns): AccountStream {
  const open = new Set<ServerResponse>()
  const written = (): string => `event: accounts\ndata: ${JSON.stringify(toAccounts(standIns))}\n\n`
  const stop = onChangeOf(standIns, () => {
    const message = written()
    for (const response of open) response.write(message)
  })
  return {
    join(request, response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(`retry: ${RECONNECT_MS}\n${written()}`)
      open.add(response)
      request.once('close', () => open.delete(response))
    },
    close() {
      stop()
      for (const response of open) response.end()
    },
  }
}
