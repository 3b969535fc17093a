/**
 * A platform that takes everything at once, in Braze's words, and counts what it took. The strict stand-in of the tests looks every
 * object up and checks it: with tens of thousands of people it would be what is measured.
 */
import { createServer } from 'node:http'

export interface Sink {
  readonly port: number
  /** Objects of calls that were taken. */
  taken(): number
  close(): void
}

export async function startSink(): Promise<Sink> {
  let taken = 0
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', part => parts.push(part))
    request.on('end', () => {
      const body: Readonly<Record<string, readonly unknown[] | undefined>> = JSON.parse(Buffer.concat(parts).toString())
      const counts = ['attributes', 'events', 'aliases'].flatMap(kind => {
        const count = body[kind === 'aliases' ? 'aliases_to_identify' : kind]?.length ?? 0
        taken += count
        return count === 0 ? [] : [[`${kind}_processed`, count] as const]
      })
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ message: 'success', ...Object.fromEntries(counts) }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    taken: () => taken,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
