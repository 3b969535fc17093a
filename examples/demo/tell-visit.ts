/** `inkling demo --auto`: the scripted visitor's story, told as it happens, and what the platforms hold in the end. */
import { EXIT, type Terminal } from '../../src/destination/commands/command.ts'
import { personNamed, toAccounts } from './accounts.ts'
import { type Arrival, watchArrivals } from './arrivals.ts'
import { openChromium } from './chromium.ts'
import { type Person, PLATFORMS } from './feed.ts'
import type { Demo } from './start-demo.ts'
import { COLOURED, formatLine, formatPerson, PLAIN, type StoryLine, seconds } from './story-lines.ts'
import { visitShop } from './visitor.ts'

const EMAIL = 'robin@example.com'
/** What this visit gives cause for. */
const EXPECTED = ['Engagement Level Reached', 'Pricing Intent Detected', 'Cart Abandoned'].flatMap(event =>
  PLATFORMS.map(platform => `${event} at ${platform}`),
)
/** The cart is given up 8 s after the tab closed; a busy machine may take a little longer to say so. */
const PATIENCE_MS = 30_000

export async function tellVisit(running: Demo, terminal: Terminal, asked: Promise<void>): Promise<number> {
  const { environment, out, err } = terminal
  const paint = process.stdout.isTTY && !environment.NO_COLOR ? COLOURED : PLAIN
  const say = (line: StoryLine): void => out(formatLine(line, paint))
  const person = askThe(running.destinationUrl)
  const arrived = new Set<string>()
  let identifiedAt = Number.POSITIVE_INFINITY
  let onComplete = (): void => undefined
  const complete = new Promise<'complete'>(resolve => {
    onComplete = () => resolve('complete')
  })
  const missing = () => EXPECTED.filter(event => !arrived.has(event))
  const onArrival = (arrival: Arrival): void => {
    say(toLine(arrival, identifiedAt))
    if (arrival.event !== undefined) arrived.add(`${arrival.event} at ${arrival.platform}`)
    if (missing().length === 0) onComplete()
  }
  const stopWatching = watchArrivals({ standIns: running.standIns, email: EMAIL, person, onArrival })

  out(`\n  The shop is at ${running.shopUrl}. A visitor comes in; times at the right are from behaviour to platform.\n`)
  // The visitor plays a person, so it browses as one: a browser that says it is automated would be told apart and ignored.
  const { browser, close } = await openChromium({ asVisitor: true })
  const visit = visitShop({
    browser,
    shopUrl: running.shopUrl,
    email: EMAIL,
    tell: what => say({ at: Date.now(), where: 'browser', what }),
    onAnonymous: async id => say(heldLine(await person(id))),
    onIdentified: () => {
      identifiedAt = Date.now()
    },
  }).then(() => Promise.race([complete, patience()]))
  try {
    const end = await Promise.race([visit, asked.then(() => 'asked' as const), running.ended])
    await stopWatching()
    if (end === 'asked') return EXIT.done
    if (end !== 'complete') return fail(typeof end === 'object' ? `The destination has died (${end.how}).` : undefined)
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  } finally {
    await close()
  }
  const found = personNamed(toAccounts(running.standIns), EMAIL)
  if (found) for (const line of ['', ...formatPerson(found, paint)]) out(line)
  return EXIT.done

  function fail(why: string | undefined): number {
    const absent = missing().join(', ')
    const waited = `Within ${PATIENCE_MS / 1000} s after the visit, this did not arrive: ${absent}.`
    err(why === undefined ? waited : `${why} Not received by then: ${absent || 'nothing is missing'}.`)
    return EXIT.failed
  }
}

function askThe(destinationUrl: string): (id: string) => Promise<Person | undefined> {
  return async id => {
    const answer = await fetch(`${destinationUrl}/api/people/${encodeURIComponent(id)}`)
    return answer.ok ? ((await answer.json()) as Person) : undefined
  }
}

/** Until the visitor says who they are, the platform cannot be told; the story says what waits. */
function heldLine(person: Person | undefined): StoryLine {
  const held = person?.deliveries.filter(({ status }) => status === 'held') ?? []
  const names = [...new Set(held.map(({ name }) => name ?? 'traits'))].toReversed()
  const what = names.length > 0 ? `holds ${names.join(', ')} until there is an e-mail address` : 'holds nothing yet'
  return { at: Date.now(), where: 'Inkling', what }
}

/** What waited for the e-mail address is timed from there: the wait was the visitor's, not ours. */
function toLine(arrival: Arrival, identifiedAt: number): StoryLine {
  const { platform, at, happened } = arrival
  const waited = happened !== undefined && happened < identifiedAt
  const from = waited ? identifiedAt : happened
  const lag = from === undefined ? undefined : seconds(at - from) + (waited ? ' after the e-mail' : '')
  return { at, where: platform, what: arrivalWords(arrival), lag }
}

function arrivalWords({ event, changed }: Arrival): string {
  const { inkling_level: level, inkling_score: score, ...others } = changed
  const count = Object.keys(others).length
  const traits = [
    ...(level === undefined ? [] : [`level ${level}`]),
    ...(score === undefined ? [] : [`score ${score}`]),
    ...(count === 0 ? [] : [`${count} more`]),
  ].join(', ')
  if (event === undefined) return `traits: ${traits}`
  return traits === '' ? event : `${event}, with traits: ${traits}`
}

function patience(): Promise<'late'> {
  return new Promise(resolve => setTimeout(() => resolve('late'), PATIENCE_MS).unref())
}
