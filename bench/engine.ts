/**
 * How fast the engine is by itself: `step` over messages that are parsed already; and how large its profiles are. As a
 * second figure the same messages through `people.ts`, which also finds out who each is about.
 *
 * Live means: every profile has come at least once, all of their states lie in memory as objects, and any of them may be
 * the next one whose state is needed. Each figure has the memory to itself: the engine is measured first, with one list of
 * states and nothing else, then `people.ts` with its own. The garbage that a step leaves is collected within its time.
 *
 * A second of one core is a second of the process's CPU time, in all of its threads: collecting garbage beside the main
 * thread counts, what else the machine does meanwhile does not. What a clock on the wall shows is printed below it.
 *
 * npm run bench:engine -- [profiles] [rounds]
 */
import { cpus } from 'node:os'
import { step } from '../src/destination/engine/decide.ts'
import { type Input, messageInput, timerInput } from '../src/destination/engine/input.ts'
import type { Message } from '../src/destination/engine/message.ts'
import { defaultPolicy } from '../src/destination/engine/policy.ts'
import { initialState, type ProfileState } from '../src/destination/engine/profile.ts'
import { type EventTime, eventTime, HOUR } from '../src/destination/engine/time.ts'
import { createPeople } from '../src/destination/people.ts'
import { createRandom, type Random } from '../test/support/random.ts'
import { type Call, callsOfVisits, type PlannedVisit, parseCall, START } from './engine/visits.ts'
import { median, printTable, required } from './plugin/table.ts'

/** Messages a second. */
interface Speed {
  readonly core: number
  readonly clock: number
}

/** What is measured, and what must happen between the rounds. */
interface Subject {
  readonly takeMessage: (visitor: number, message: Message) => void
  /** Whatever was due in the hour that is over. */
  readonly fireTimers: (now: EventTime) => void
}

const [profiles = 100_000, rounds = 7] = process.argv.slice(2).map(Number)
/** In an hour, the span of a round. */
const VISITS = Math.min(10_000, profiles)
/** As the service works: what came in together is parsed and then taken in, before the next is. */
const BATCH = 250

const { speeds: engine, facts, sizes } = measureEngine()
const speedsOfPeople = measurePeople()
report()

function measureEngine() {
  const states = Array.from({ length: profiles }, () => initialState)
  let facts = 0
  const take = (visitor: number, input: Input) => {
    const next = step(states[visitor] ?? initialState, input, defaultPolicy)
    states[visitor] = next.state
    facts += next.facts.length
  }
  const due = (visitor: number, now: EventTime) => states[visitor]?.timers.find(timer => timer.due <= now)
  const speeds = measure({
    takeMessage: (visitor, message) => take(visitor, messageInput(message)),
    fireTimers: now => {
      for (const visitor of states.keys())
        for (let timer = due(visitor, now); timer !== undefined; timer = due(visitor, now))
          take(visitor, timerInput(`visitor-${visitor}`, timer, { now, turn: states[visitor]?.timersTaken ?? 0 }))
    },
  })
  return { speeds, facts, sizes: states.map(sizeOf).sort((a, b) => a - b) }
}

function measurePeople(): readonly Speed[] {
  const people = createPeople(defaultPolicy)
  return measure({
    takeMessage: (_, message) => people.takeMessage(message),
    fireTimers: now => {
      for (const [id] of people.all()) people.takeTimers(id, now)
    },
  })
}

/** Everybody has come once, and the machine is warm, before a round counts. From then on some come more often than others. */
function measure(subject: Subject): readonly Speed[] {
  const random = createRandom(1)
  const speeds: Speed[] = []
  let hour = 0
  const playHour = (visitorOf: (index: number) => number): Speed => {
    const start = eventTime(START + hour * HOUR)
    hour += 1
    subject.fireTimers(start)
    return speedOver(callsOfVisits(visitsOfHour(start, visitorOf, random), random), subject)
  }
  for (let first = 0; first < profiles; first += VISITS) playHour(index => (first + index) % profiles)
  for (let round = 0; round < rounds; round += 1)
    speeds.push(playHour(() => Math.floor(random.next() * random.next() * profiles)))
  return speeds
}

/** Making the calls, parsing them and letting timers fire is not in the time. */
function speedOver(calls: Iterable<Call>, { takeMessage }: Subject): Speed {
  let [count, core, clock] = [0, 0, 0]
  for (const batch of batchesOf(calls)) {
    const messages = batch.map(call => ({ visitor: call.visitor, message: parseCall(call) }))
    const [used, started] = [process.cpuUsage(), performance.now()]
    for (const { visitor, message } of messages) takeMessage(visitor, message)
    clock += performance.now() - started
    const { user, system } = process.cpuUsage(used)
    core += (user + system) / 1000
    count += messages.length
  }
  return { core: (count / core) * 1000, clock: (count / clock) * 1000 }
}

function* batchesOf(calls: Iterable<Call>): Generator<readonly Call[]> {
  let batch: Call[] = []
  for (const call of calls) {
    batch.push(call)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  yield batch
}

function visitsOfHour(start: EventTime, visitorOf: (index: number) => number, random: Random): readonly PlannedVisit[] {
  return Array.from({ length: VISITS }, (_, index) => ({
    visitor: visitorOf(index),
    start: start + random.between(0, HOUR / 2),
  })).sort((a, b) => a.start - b.start)
}

function report(): void {
  const row = (what: string, values: readonly number[]) => {
    const [middle, least, most] = [required(median(values), 'round'), Math.min(...values), Math.max(...values)]
    return [what, ...[middle, least, most].map(value => (Math.round(value / 1000) * 1000).toLocaleString('en'))]
  }
  console.log(`${profiles.toLocaleString('en')} profiles, ${rounds} rounds, ${facts.toLocaleString('en')} facts`)
  console.log(`Node ${process.versions.node} on ${cpus()[0]?.model ?? 'an unknown CPU'}\n`)
  printTable(
    ['messages/s', 'median', 'least', 'most'],
    [
      row(
        'engine alone, one core',
        engine.map(({ core }) => core),
      ),
      row(
        'with who it is about, one core',
        speedsOfPeople.map(({ core }) => core),
      ),
      row(
        'engine alone, by the clock',
        engine.map(({ clock }) => clock),
      ),
      row(
        'with who it is about, by the clock',
        speedsOfPeople.map(({ clock }) => clock),
      ),
    ],
  )
  const at = (share: number) => required(sizes[Math.ceil(share * sizes.length) - 1], 'profile').toLocaleString('en')
  console.log('')
  printTable(['bytes a profile', 'p50', 'p90', 'p99', 'max'], [['JSON', at(0.5), at(0.9), at(0.99), at(1)]])
}

function sizeOf(state: ProfileState): number {
  return Buffer.byteLength(JSON.stringify(state))
}
