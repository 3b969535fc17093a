/** Makes in an account what must be there before the first write: properties of contacts, definitions of events. */
import type { Outcome } from '../connector.ts'
import { isMembers, membersIn } from '../members.ts'
import { type Pause, patiently, realPause } from '../patience.ts'
import { outcomeOf, type Reply, type RequestDeps } from '../request.ts'
import type { SetupOptions, Step, ValueType, Wanted } from '../setup.ts'
import { policyWait, wordsOf } from './answer.ts'
import { readDefinitions } from './definitions.ts'
import { eventNameOf, momentPropertyNames } from './map.ts'
import { type Account, openAccount } from './sdk.ts'
import { GROUP, type HubspotSettings, MAX_LABEL_LENGTH } from './settings.ts'
import { setUpWorkflows } from './workflows.ts'

/** Labels of event definitions may be longer than names. */
const MAX_EVENT_LABEL_LENGTH = 100
const CONTACT_TYPES = {
  number: { type: 'number', fieldType: 'number' },
  text: { type: 'string', fieldType: 'text' },
  time: { type: 'datetime', fieldType: 'date' },
} as const
const EVENT_TYPES = { number: 'number', text: 'string', time: 'datetime' } as const

const NO_EVENTS = `This account has no custom events: they need an Enterprise subscription of any hub, and a token with the scope
behavioral_events.event_definitions.read_write. What happens instead: traits arrive as they do everywhere. A moment is
written on the contact, such as Cart Abandoned in inkling_cart_abandoned_at and inkling_cart_abandoned_details, and a
workflow (Professional) can start whenever the former changes. docs/hubspot.md shows how.`

/** What the contact keeps of a moment. */
function momentTraits({ name }: Wanted['moments'][number]): Wanted['traits'] {
  const names = momentPropertyNames(name)
  return [
    { name: names.at, type: 'time', meaning: `When ${name} last came. A workflow can start whenever it changes.` },
    { name: names.details, type: 'text', meaning: `What ${name} carried then, a line each.` },
  ]
}

/**
 * Goes on where it stopped when it is run again; what is there stays. Ends early when the token is refused.
 *
 * @throws {SettingError} when the token or the address cannot be right.
 */
export async function* setUpHubspot(
  settings: HubspotSettings,
  { traits, moments }: Wanted,
  deps: SetupOptions & RequestDeps,
): AsyncGenerator<Step> {
  const account = patient(await openAccount(settings, deps), deps.pause ?? realPause)
  const site: Site = { account, dryRun: deps.dryRun }
  const things = [
    groupThing(account),
    ...[...traits, ...moments.flatMap(momentTraits)].map(trait => propertyThing(account, trait)),
  ]
  for (const thing of things) {
    const step = await ensure(site, thing)
    yield step
    if (step.kind === 'failed') return
  }
  const defined = yield* setUpEvents(site, moments)
  if (deps.flows === true && defined !== undefined) yield* setUpWorkflows(site, name => defined.has(name))
}

/** A hundred things take more calls than the smallest accounts allow in ten seconds. */
function patient(account: Account, pause: Pause): Account {
  function waiting<Asked extends readonly unknown[]>(ask: (...asked: Asked) => Promise<Reply>) {
    return (...asked: Asked) => patiently(() => ask(...asked), pause, waitIn)
  }
  return {
    ...account,
    readProperty: waiting(account.readProperty),
    createProperty: waiting(account.createProperty),
    readGroup: waiting(account.readGroup),
    createGroup: waiting(account.createGroup),
    request: waiting(account.request),
  }
}

function waitIn(reply: Reply): number | undefined {
  return policyWait(bodyOf(reply))
}

interface Site {
  readonly account: Account
  readonly dryRun: boolean
}

/** One thing that must be there. */
interface Thing {
  readonly what: string
  readonly read: () => Promise<Reply>
  readonly make: () => Promise<Reply>
  /** What is wrong with the one that is there. */
  readonly differs: (body: unknown) => string | undefined
}

function groupThing(account: Account): Thing {
  return {
    what: `property group ${GROUP}`,
    read: () => account.readGroup(GROUP),
    make: () => account.createGroup({ name: GROUP, label: 'Inkling', displayOrder: -1 }),
    differs: () => undefined,
  }
}

function propertyThing(account: Account, { name, type, meaning }: Wanted['traits'][number]): Thing {
  const { type: wanted, fieldType } = CONTACT_TYPES[type]
  const property = { name, label: labelOf(name), description: meaning, groupName: GROUP, type: wanted, fieldType }
  return {
    what: `contact property ${name} (${wanted})`,
    read: () => account.readProperty(name),
    // The SDK spells these two as enums, whose members are these very texts.
    make: () => account.createProperty(property as Parameters<Account['createProperty']>[0]),
    differs: body => typeDifference(body, wanted),
  }
}

async function ensure({ account, dryRun }: Site, { what, read, make, differs }: Thing): Promise<Step> {
  const found = await read()
  if (isStatus(found, 404)) {
    if (dryRun) return { kind: 'missing', what }
    const made = await make()
    // Made by somebody else in between: then it is looked at as if it had been there.
    return isStatus(made, 409) ? compared(account, { what, reply: await read(), differs }) : stepOf(account, what, made)
  }
  return compared(account, { what, reply: found, differs })
}

interface Compared {
  readonly what: string
  readonly reply: Reply
  readonly differs: Thing['differs']
}

function compared(account: Account, { what, reply, differs }: Compared): Step {
  const body = bodyOf(reply)
  if (!isStatus(reply, 200)) return failed(account, what, reply)
  const why = differs(body)
  return why === undefined ? { kind: 'there', what } : { kind: 'differs', what, why }
}

/** @returns the names of the events that are defined by now; undefined when nobody can tell. */
async function* setUpEvents(
  site: Site,
  moments: Wanted['moments'],
): AsyncGenerator<Step, ReadonlySet<string> | undefined> {
  const { account, dryRun } = site
  const definitions = await readDefinitions(account)
  if (definitions.kind === 'unavailable') {
    const why = 'HubSpot refuses to tell which custom events the account has defined (403)'
    yield { kind: 'none', what: 'custom events', why }
    yield { kind: 'told', text: NO_EVENTS }
    return new Set()
  }
  if (definitions.kind === 'failed') {
    yield failed(account, 'custom events', definitions.reply)
    return undefined
  }
  const names = new Set<string>()
  for (const moment of moments) {
    const name = eventNameOf(moment.name)
    const what = `event ${name} (${moment.name})`
    if (names.has(name)) yield { kind: 'differs', what, why: 'another moment has the same event name: rename one' }
    else if (definitions.names.has(name)) yield* completeEvent(site, { name, what }, moment.properties)
    else if (dryRun) yield { kind: 'missing', what }
    else
      yield stepOf(account, what, await account.request('POST', '/events/v3/event-definitions', toDefinition(moment)))
    names.add(name)
  }
  return names
}

/** Adds what an event that was defined earlier lacks. */
async function* completeEvent(
  { account, dryRun }: Site,
  { name, what }: { readonly name: string; readonly what: string },
  properties: Wanted['moments'][number]['properties'],
): AsyncGenerator<Step> {
  const path = `/events/v3/event-definitions/${encodeURIComponent(name)}`
  const reply = await account.request('GET', path)
  const body = bodyOf(reply)
  if (!isStatus(reply, 200) || !isMembers(body)) {
    yield failed(account, what, reply)
    return
  }
  yield { kind: 'there', what }
  const present = membersIn(body.properties)
  for (const property of properties) {
    const before = present.find(one => one.name === property.name)
    const its = `property ${property.name} of event ${name}`
    const why = before && typeDifference(before, EVENT_TYPES[property.type])
    if (why !== undefined) yield { kind: 'differs', what: its, why }
    if (before !== undefined) continue
    if (dryRun) yield { kind: 'missing', what: its }
    else yield stepOf(account, its, await account.request('POST', `${path}/property`, toEventProperty(property)))
  }
}

function toDefinition({ name, properties }: Wanted['moments'][number]): object {
  return {
    name: eventNameOf(name),
    label: name.slice(0, MAX_EVENT_LABEL_LENGTH),
    description: `Sent by Inkling: ${name}`,
    primaryObject: 'CONTACT',
    // Those are of pages and campaigns that HubSpot itself tracks.
    includeDefaultProperties: false,
    propertyDefinitions: properties.map(toEventProperty),
  }
}

function toEventProperty({ name, type }: { readonly name: string; readonly type: ValueType }): object {
  return { name, label: labelOf(name), type: EVENT_TYPES[type] }
}

function typeDifference(body: unknown, wanted: string): string | undefined {
  const type = isMembers(body) ? body.type : undefined
  return type === wanted ? undefined : `it is of the type ${String(type)}, and ${wanted} is needed; rename or delete it`
}

/** `inkling_cart_value` -> `Inkling cart value`. */
function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ')
  return (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, MAX_LABEL_LENGTH)
}

function stepOf(account: Account, what: string, made: Reply): Step {
  // An answer of 409 says that it is there by now.
  if (isStatus(made, 409)) return { kind: 'there', what }
  return isStatus(made, 200) || isStatus(made, 201) ? { kind: 'made', what } : failed(account, what, made)
}

function failed(account: Account, what: string, reply: Reply): Step {
  const outcome: Outcome = outcomeOf(reply, { words: wordsOf, secrets: [account.accessToken] })
  return { kind: 'failed', what, why: outcome.kind === 'delivered' ? 'an answer without sense' : outcome.reason }
}

function isStatus(reply: Reply, status: number): boolean {
  return reply.kind === 'answered' && reply.status === status && reply.body.kind === 'json'
}

function bodyOf(reply: Reply): unknown {
  return reply.kind === 'answered' && reply.body.kind === 'json' ? reply.body.value : undefined
}
