/** An exported stream: one Segment message a line, plain or gzipped. A line that cannot be read is counted and passed over. */
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Message } from '../engine/message.ts'
import { eventTime } from '../engine/time.ts'
import { isFields, kindOf, readJson } from '../parse/json.ts'
import { toEpochMs } from '../parse/time.ts'
import { parseMessages } from '../parse.ts'
import type { Arrival } from './playback.ts'
import { createTracker, type Passed, type Stream } from './stream.ts'

export interface JsonlSource {
  readonly chunks: AsyncIterable<Uint8Array>
  /** The size of all chunks, when known. */
  readonly bytes?: number
  /** Epoch ms; a message from after it is passed over: one wrong year would let every timer fire too early. */
  readonly now: number
}

/** Segment's bound on a message is 32 KB; what a warehouse adds around it is little. A longer line is not kept in memory. */
const MAX_LINE_BYTES = 1024 * 1024

export function streamJsonl({ chunks, bytes, now }: JsonlSource): Stream {
  const tracker = createTracker()
  let read = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      read += chunk.byteLength
      yield chunk
    }
  }
  async function* batches(): AsyncGenerator<readonly Arrival[]> {
    for await (const lines of linesOf(await unzipped(counted()))) {
      const arrivals: Arrival[] = []
      for (const line of lines) {
        const arrival = toArrival(line, now)
        if (arrival === undefined) continue
        if ('reason' in arrival) tracker.passOver(arrival)
        else {
          tracker.arrived(arrival.receivedAt)
          arrivals.push(arrival)
        }
      }
      yield arrivals
    }
  }
  return {
    batches: batches(),
    progress: () => (bytes === undefined ? undefined : bytes === 0 ? 1 : read / bytes),
    account: tracker.account,
    close: () => undefined,
  }
}

interface Line {
  /** From 1. */
  readonly number: number
  /** undefined: too long to be a message. */
  readonly text: Buffer | undefined
}

/** @returns undefined for an empty line. */
function toArrival({ number, text }: Line, now: number): Arrival | Passed | undefined {
  const place = `line ${number}`
  if (text === undefined) return { place, reason: `found more than ${MAX_LINE_BYTES} bytes, expected one message` }
  if (isBlank(text)) return undefined
  const json = readJson(text)
  if (json.kind === 'unreadable') return { place, reason: json.reason.replace('body: ', '') }
  const { value } = json
  if (!isFields(value)) return { place, reason: `found ${kindOf(value)}, expected one Segment message` }
  const times = [value.receivedAt, value.timestamp, value.sentAt, value.originalTimestamp]
  const receivedAt = times.map(toEpochMs).find(time => time !== undefined)
  if (receivedAt === undefined)
    return { place, reason: 'receivedAt, timestamp: found neither, expected an ISO-8601 time' }
  if (receivedAt > now) return { place, reason: 'receivedAt: found a time in the future' }
  // What Segment exports has been through its pipeline, as what comes by webhook has.
  const parsed = parseMessages(value, { call: 'webhook', receivedAt, position: number })
  if (parsed.kind === 'unreadable') return { place, reason: parsed.reason }
  const [rejected] = parsed.rejected
  if (rejected !== undefined) return { place, reason: rejected.reason }
  const messages: readonly Message[] = parsed.messages.map(({ message }) => message)
  return { receivedAt: eventTime(receivedAt), messages }
}

function isBlank(text: Buffer): boolean {
  return text.every(byte => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}

const NEWLINE = 0x0a
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** The lines of each chunk; the end of a line may lie in a later one. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[]> {
  let open: Buffer[] = []
  let openBytes = 0
  let number = 0
  const close = (): Line => {
    number += 1
    const text = openBytes > MAX_LINE_BYTES ? undefined : Buffer.concat(open)
    open = []
    openBytes = 0
    return { number, text: number === 1 && text?.indexOf(BYTE_ORDER_MARK) === 0 ? text.subarray(3) : text }
  }
  const extend = (part: Buffer) => {
    openBytes += part.byteLength
    if (openBytes <= MAX_LINE_BYTES) open.push(part)
    else open = []
  }
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const lines: Line[] = []
    let start = 0
    for (let end = buffer.indexOf(NEWLINE); end !== -1; end = buffer.indexOf(NEWLINE, start)) {
      extend(buffer.subarray(start, end))
      lines.push(close())
      start = end + 1
    }
    if (start < buffer.byteLength) extend(buffer.subarray(start))
    yield lines
  }
  if (openBytes > 0) yield [close()]
}

/** Told by its first bytes, not by its name: standard input has none. */
async function unzipped(chunks: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const begun: Uint8Array[] = []
  let start = Buffer.alloc(0)
  while (start.byteLength < 2) {
    const next = await chunks.next()
    if (next.done) break
    begun.push(next.value)
    start = Buffer.concat(begun)
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* begun
    yield* chunks
  }
  if (start[0] !== 0x1f || start[1] !== 0x8b) return all()
  const gunzip = createGunzip()
  // What goes wrong reaches the reader: pipeline destroys the stream it reads from with the error.
  pipeline(Readable.from(all()), gunzip, () => undefined)
  return gunzip
}
