/** The left column: who this is, and every property a flow may read. Also what it says while Klaviyo knows nobody. */
import type { LiveProfile, Person } from '../../feed.ts'
import { h } from './element.ts'
import { addressWords, valueWords } from './words.ts'

/** Somebody Klaviyo knows. */
export function knownCard(profile: LiveProfile): HTMLElement {
  const { email, externalId, phoneNumber, anonymousIds, properties } = profile
  return h(
    'article',
    { class: 'card known' },
    h('p', { class: 'kicker' }, 'Klaviyo profile'),
    h('h2', {}, email ?? externalId ?? phoneNumber ?? 'Somebody'),
    rows([
      ['email', email],
      ['external_id', externalId],
      ['phone_number', phoneNumber],
      ['anonymous_id', anonymousIds.at(-1)],
      ['profile id', profile.id],
    ]),
    h('h3', {}, 'Properties'),
    traitTable(properties),
  )
}

/** Somebody Inkling holds for, until an identifier is known. */
export function heldCard(person: Person): HTMLElement {
  const held = person.deliveries.filter(({ status }) => status === 'held')
  const names = held.map(({ kind, name }) => name ?? (kind === 'traits' ? 'Changed traits' : kind))
  return h(
    'article',
    { class: 'card held' },
    h('p', { class: 'kicker' }, 'No Klaviyo profile'),
    h('h2', {}, 'Klaviyo doesn’t know you yet'),
    h(
      'p',
      {},
      'There is no e-mail address to write to, so nothing was sent. ',
      h('a', { href: '/consultation' }, 'Fill in the form'),
      ' in the shop, and what waits here is delivered at once.',
    ),
    h('h3', {}, held.length === 0 ? 'Nothing waits yet' : 'Waiting for an e-mail address'),
    h('ul', { class: 'waiting' }, ...names.map(name => h('li', {}, name))),
    h('h3', {}, 'This is what Inkling holds'),
    traitTable({ inkling_score: person.score, inkling_level: person.level, ...person.traits }),
  )
}

export function nobodyCard(visitorIsKnown: boolean): HTMLElement {
  return h(
    'article',
    { class: 'card held' },
    h('p', { class: 'kicker' }, 'No Klaviyo profile'),
    h('h2', {}, visitorIsKnown ? 'Nothing was seen of you yet' : 'Nobody has been here yet'),
    h(
      'p',
      {},
      h('a', { href: '/' }, 'Open the shop'),
      ', let the pointer rest on a plant, read the journal. This page fills as you go; there is no need to reload it.',
    ),
  )
}

function rows(entries: readonly (readonly [string, string | undefined])[]): HTMLElement {
  const present = entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return h('dl', { class: 'ids' }, ...present.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))
}

function traitTable(properties: Readonly<Record<string, unknown>>): HTMLElement {
  const entries = Object.entries(properties)
  if (entries.length === 0) return h('p', { class: 'none' }, 'None yet.')
  return h(
    'table',
    { class: 'traits' },
    h(
      'tbody',
      {},
      ...entries.map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, name), traitCell(name, value))),
    ),
  )
}

function traitCell(name: string, value: unknown): HTMLElement {
  if (name.endsWith('_score') && typeof value === 'number') {
    const bar = h('span', {
      class: 'bar',
      style: `--share: ${Math.min(Math.max(value, 0), 100)}%`,
      'aria-hidden': 'true',
    })
    return h('td', {}, h('span', { class: 'score' }, String(value), bar))
  }
  if (name.endsWith('_level')) return h('td', {}, h('span', { class: `badge ${String(value)}` }, String(value)))
  return h('td', {}, addressWords(valueWords(name, value)))
}
