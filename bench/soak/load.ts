/**
 * Visits as they happen, in batches, as a process of its own: each call is sent when it is due, whether the answers before
 * came or not. What was met is printed as a line of JSON for each stretch of time.
 */
import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../test/support/random.ts'
import { callsOfVisits, type PlannedVisit } from '../engine/visits.ts'

export interface SoakLoad {
  readonly port: number
  readonly secret: string
  readonly profiles: number
  /** Messages a second. */
  readonly rate: number
  readonly seconds: number
  /** Seconds of a stretch. */
  readonly every: number
}

export interface Stretch {
  /** Messages acknowledged, and requests that were not. */
  readonly messages: number
  readonly refused: number
  /** ms from when a batch was due to its answer. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const PER_REQUEST = 100
const MESSAGES_PER_VISIT = 12
const options: SoakLoad = JSON.parse(process.argv[2] ?? '{}')
const begun = Date.now()
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const random = createRandom(1)
const underWay = new Set<Promise<void>>()
let waits: number[] = []
let [messages, refused] = [0, 0]

function* visits(): Generator<PlannedVisit> {
  const perSecond = options.rate / MESSAGES_PER_VISIT
  for (let visit = 0; visit < options.seconds * perSecond; visit += 1)
    yield { visitor: Math.floor(random.next() * options.profiles), start: begun + (visit / perSecond) * 1000 }
}

function send(calls: readonly string[], dueAt: number): Promise<void> {
  const body = Buffer.from(`[${calls.join(',')}]`)
  const headers = {
    'content-length': body.length,
    'x-signature': createHmac('sha1', options.secret).update(body).digest('hex'),
  }
  return new Promise(resolve => {
    const fail = () => {
      refused += 1
      resolve()
    }
    const where = { host: '127.0.0.1', port: options.port, path: '/segment', method: 'POST', agent, headers }
    const asked = request(where, response => {
      response.resume()
      response.on('end', () => {
        if (response.statusCode !== 200) return fail()
        messages += calls.length
        waits.push(Date.now() - dueAt)
        resolve()
      })
    })
    asked.on('error', fail)
    asked.end(body)
  })
}

function tell(): void {
  waits.sort((a, b) => a - b)
  const at = (share: number) => waits[Math.max(0, Math.ceil(share * waits.length) - 1)] ?? 0
  const stretch: Stretch = { messages, refused, p50: at(0.5), p99: at(0.99), max: at(1) }
  ;[messages, refused, waits] = [0, 0, []]
  console.log(JSON.stringify(stretch))
}

const telling = setInterval(tell, options.every * 1000)
let calls: string[] = []
for (const { body, at } of callsOfVisits(visits(), random)) {
  calls.push(body)
  if (calls.length < PER_REQUEST) continue
  const early = at - Date.now()
  if (early > 1) await sleep(early)
  if (at > begun + options.seconds * 1000) break
  const sent = send(calls, at).then(() => void underWay.delete(sent))
  underWay.add(sent)
  calls = []
}
await Promise.all(underWay)
clearInterval(telling)
tell()
agent.destroy()
