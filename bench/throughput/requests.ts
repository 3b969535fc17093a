/**
 * Requests made beforehand and kept in a file, so that the load costs the machine next to nothing while it is measured.
 * Each has its body, and the signature that Segment would have sent with it.
 */
import { createHmac } from 'node:crypto'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { createRandom } from '../../test/support/random.ts'
import { callsOfVisits } from '../engine/visits.ts'

export interface Stock {
  /** Everybody comes once before anybody comes again. */
  readonly profiles: number
  readonly visits: number
  readonly perRequest: number
  readonly seed: number
  /** Epoch ms: the last call. The first is `spanMs` before it. */
  readonly until: number
  readonly spanMs: number
  readonly secret: string
}

export interface Stored {
  readonly path: string
  readonly requests: number
  readonly messages: number
  readonly bytes: number
}

const SIGNATURE_BYTES = 40
const WRITE_BYTES = 4_000_000

/** @returns what was written to `path`. */
export function storeRequests(path: string, stock: Stock): Stored {
  const { profiles, visits, perRequest, seed, until, spanMs, secret } = stock
  const random = createRandom(seed)
  const file = openSync(path, 'w')
  let [requests, messages, bytes, waiting] = [0, 0, 0, 0]
  let parts: Buffer[] = []
  let calls: string[] = []
  const write = () => {
    writeSync(file, Buffer.concat(parts))
    parts = []
    waiting = 0
  }
  const close = () => {
    const body = Buffer.from(perRequest === 1 ? (calls[0] ?? '') : `[${calls.join(',')}]`)
    const head = Buffer.alloc(4 + SIGNATURE_BYTES)
    head.writeUInt32LE(body.length)
    head.write(createHmac('sha1', secret).update(body).digest('hex'), 4)
    parts.push(head, body)
    requests += 1
    messages += calls.length
    bytes += body.length
    waiting += body.length
    calls = []
    if (waiting > WRITE_BYTES) write()
  }
  const start = until - spanMs
  const planned = Array.from({ length: visits }, (_, index) => ({
    visitor: index < profiles ? index : Math.floor(random.next() * profiles),
    start: start + (spanMs * index) / visits,
  }))
  for (const { body } of callsOfVisits(planned, random)) {
    calls.push(body)
    if (calls.length === perRequest) close()
  }
  if (calls.length > 0) close()
  write()
  closeSync(file)
  return { path, requests, messages, bytes }
}

export interface Request {
  readonly signature: string
  readonly body: Buffer
}

/** Reads them back a little ahead of their use, round and round. */
export function* requestsIn(path: string): Generator<Request> {
  const file = openSync(path, 'r')
  const chunk = Buffer.alloc(8_000_000)
  let [from, rest] = [0, Buffer.alloc(0)]
  for (;;) {
    const read = readSync(file, chunk, 0, chunk.length, from)
    if (read === 0) return closeSync(file)
    from += read
    rest = Buffer.concat([rest, chunk.subarray(0, read)])
    let at = 0
    while (rest.length >= at + 4 && rest.length >= at + 4 + SIGNATURE_BYTES + rest.readUInt32LE(at)) {
      const begin = at + 4 + SIGNATURE_BYTES
      const end = begin + rest.readUInt32LE(at)
      yield { signature: rest.toString('latin1', at + 4, begin), body: rest.subarray(begin, end) }
      at = end
    }
    rest = rest.subarray(at)
  }
}
