/** Ports of loopback, and waiting for whoever is to listen on them. */
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

const WITHIN_MS = 90_000

/** @throws {Error} with what went wrong last, when it is not so within a minute and a half. */
export async function waitUntil(name: string, isSo: () => Promise<unknown>): Promise<void> {
  const until = Date.now() + WITHIN_MS
  while (true) {
    try {
      await isSo()
      return
    } catch (cause) {
      if (Date.now() > until) throw new Error(`${name} did not start`, { cause })
      await sleep(100)
    }
  }
}
