/** The profile and the events by which Klaviyo first hears of our names. Pure. */
import type { EventCreateQueryV2, ProfileUpsertQuery } from 'klaviyo-api'
import { isMembers, membersIn } from '../members.ts'
import type { ValueType, Wanted } from '../setup.ts'
import type { Sender } from './flows.ts'

/** Whom nobody can be: no visitor of yours has this user id. */
const TEST_ID = 'inkling-setup'

export interface FoundAccount {
  readonly words: string
  readonly sender: Sender
}

/** @returns the account the key belongs to. */
export function accountIn(body: unknown): FoundAccount | undefined {
  const [first] = isMembers(body) ? membersIn(body['data']) : []
  const attributes = isMembers(first?.['attributes']) ? first['attributes'] : undefined
  const contact = isMembers(attributes?.['contact_information']) ? attributes['contact_information'] : undefined
  if (attributes === undefined || contact === undefined) return undefined
  const test = attributes['test_account'] === true ? ', a test account' : ''
  return {
    words: `account ${contact['organization_name']} (${attributes['public_api_key']}, ${attributes['timezone']}${test})`,
    sender: { email: String(contact['default_sender_email']), name: String(contact['default_sender_name']) },
  }
}

/** The filter that finds the test profile. */
export function testFilter(address: string | undefined): string {
  return address === undefined ? `equals(external_id,"${TEST_ID}")` : `equals(email,${JSON.stringify(address)})`
}

/** @returns the names of the properties that the first profile of an answer has. */
export function profilePropertiesIn(
  body: unknown,
): { readonly isThere: boolean; readonly names: ReadonlySet<string> } | undefined {
  if (!isMembers(body) || !Array.isArray(body['data'])) return undefined
  const [profile] = membersIn(body['data'])
  const attributes = isMembers(profile?.['attributes']) ? profile['attributes'] : {}
  const properties = isMembers(attributes['properties']) ? attributes['properties'] : {}
  return { isThere: profile !== undefined, names: new Set(Object.keys(properties)) }
}

/** @param now - epoch ms. */
export function toTestProfile(traits: Wanted['traits'], now: number, address: string | undefined): ProfileUpsertQuery {
  const properties = examplesOf(traits, now)
  const named = address === undefined ? { firstName: 'Inkling', lastName: '(test profile)' } : {}
  return { data: { type: 'profile', attributes: { ...known(address), ...named, properties } } }
}

/** @param now - epoch ms. */
export function toFirstEvent(
  { name, properties }: Wanted['moments'][number],
  now: number,
  address: string | undefined,
): EventCreateQueryV2 {
  return {
    data: {
      type: 'event',
      attributes: {
        properties: examplesOf(properties, now),
        time: new Date(now),
        // The same at every run: should Klaviyo not show the metric yet, it takes the repeat and forgets it.
        uniqueId: `${TEST_ID} ${name}`,
        backfill: true,
        metric: { data: { type: 'metric', attributes: { name } } },
        profile: { data: { type: 'profile', attributes: known(address) } },
      },
    },
  }
}

function known(address: string | undefined): { email: string } | { externalId: string } {
  return address === undefined ? { externalId: TEST_ID } : { email: address }
}

/** Klaviyo takes a property for what its first value looks like. */
function examplesOf(properties: readonly { readonly name: string; readonly type: ValueType }[], now: number): object {
  return Object.fromEntries(properties.map(({ name, type }) => [name, exampleOf(name, type, now)]))
}

function exampleOf(name: string, type: ValueType, now: number): string | number {
  if (type === 'number') return 1
  if (type === 'time') return new Date(now).toISOString()
  return name.endsWith('_url') ? 'https://example.com/' : 'example'
}
