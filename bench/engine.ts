/**
 * How fast the engine is by itself: `step` over messages that are parsed already; and how large its profiles are. As a
 * second figure the same messages through `people.ts`, which also finds out who each is about.
 *
 * npm run bench:engine -- [profiles] [rounds]
 */
import { cpus } from 'node:os'
import { step } from '../src/destination/engine/decide.ts'
import { type Input, messageInput, timerInput } from '../src/destination/engine/input.ts'
import { defaultPolicy } from '../src/destination/engine/policy.ts'
import { initialState, type ProfileState } from '../src/destination/engine/profile.ts'
import { type EventTime, eventTime, HOUR } from '../src/destination/engine/time.ts'
import { createPeople } from '../src/destination/people.ts'
import { createRandom } from '../test/support/random.ts'
import { type Call, callsOfVisit, parseCall, START } from './engine/visits.ts'
import { median, printTable, required } from './plugin/table.ts'

/** Messages a second. */
interface Speed {
  readonly engine: number
  readonly people: number
}

const [profiles = 100_000, rounds = 7] = process.argv.slice(2).map(Number)
/** In an hour, the span of a round. */
const VISITS = Math.min(10_000, profiles)
/** As the service works: what came in together is parsed and then taken in, before the next is. */
const BATCH = 250
const random = createRandom(1)
const states = Array.from({ length: profiles }, () => initialState)
const people = createPeople(defaultPolicy)
const speeds: Speed[] = []
let hour = 0
let facts = 0

// Everybody has come once, and the machine is warm, before a round counts. From then on some come more often than others.
for (let first = 0; first < profiles; first += VISITS) playHour(index => (first + index) % profiles)
for (let round = 0; round < rounds; round += 1)
  speeds.push(playHour(() => Math.floor(random.next() * random.next() * profiles)))
report()

/** Making the calls, parsing them and letting timers fire is not in the time. */
function playHour(visitorOf: (index: number) => number): Speed {
  const start = eventTime(START + hour * HOUR)
  hour += 1
  fireTimers(start)
  const calls = callsOfHour(start, visitorOf)
  const spent = { engine: 0, people: 0 }
  for (let first = 0; first < calls.length; first += BATCH) {
    const batch = calls.slice(first, first + BATCH)
    const messages = batch.map(call => ({ visitor: call.visitor, message: parseCall(call) }))
    spent.engine += timeOf(messages, ({ visitor, message }) => take(visitor, messageInput(message)))
    spent.people += timeOf(messages, ({ message }) => people.takeMessage(message))
  }
  const speed = (ms: number) => (calls.length / ms) * 1000
  return { engine: speed(spent.engine), people: speed(spent.people) }
}

function callsOfHour(start: EventTime, visitorOf: (index: number) => number): readonly Call[] {
  const visits = Array.from({ length: VISITS }, (_, index) =>
    callsOfVisit({ visitor: visitorOf(index), start: start + random.between(0, HOUR / 2), random }),
  )
  return visits.flat().sort((a, b) => a.at - b.at)
}

/** @returns ms. */
function timeOf<T>(messages: readonly T[], takeIn: (message: T) => void): number {
  const started = performance.now()
  for (const message of messages) takeIn(message)
  return performance.now() - started
}

function take(visitor: number, input: Input): void {
  const next = step(states[visitor] ?? initialState, input, defaultPolicy)
  states[visitor] = next.state
  facts += next.facts.length
}

/** Whatever was due in the hour that is over. */
function fireTimers(now: EventTime): void {
  for (const [id] of people.all()) people.takeTimers(id, now)
  const due = (visitor: number) => states[visitor]?.timers.find(timer => timer.due <= now)
  for (const visitor of states.keys())
    for (let timer = due(visitor); timer !== undefined; timer = due(visitor))
      take(visitor, timerInput(`visitor-${visitor}`, timer, { now, turn: states[visitor]?.timersTaken ?? 0 }))
}

function report(): void {
  const row = (what: string, values: readonly number[]) => {
    const [middle, least, most] = [required(median(values), 'round'), Math.min(...values), Math.max(...values)]
    return [what, ...[middle, least, most].map(value => (Math.round(value / 1000) * 1000).toLocaleString('en'))]
  }
  console.log(`${profiles.toLocaleString('en')} profiles, ${rounds} rounds, ${facts.toLocaleString('en')} facts`)
  console.log(`Node ${process.versions.node} on one core of ${cpus()[0]?.model ?? 'an unknown CPU'}\n`)
  printTable(
    ['messages/s', 'median', 'least', 'most'],
    [
      row(
        'engine alone',
        speeds.map(({ engine }) => engine),
      ),
      row(
        'with who it is about',
        speeds.map(speed => speed.people),
      ),
    ],
  )
  const sizes = states.map(sizeOf).sort((a, b) => a - b)
  const at = (share: number) => required(sizes[Math.ceil(share * sizes.length) - 1], 'profile').toLocaleString('en')
  console.log('')
  printTable(['bytes a profile', 'p50', 'p90', 'p99', 'max'], [['JSON', at(0.5), at(0.9), at(0.99), at(1)]])
}

function sizeOf(state: ProfileState): number {
  return Buffer.byteLength(JSON.stringify(state))
}
