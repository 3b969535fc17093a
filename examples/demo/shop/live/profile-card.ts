/** Who this is at each platform, and every property a flow may read. Also what it says while no platform knows anybody. */
import type { LivePerson, LiveProfile, Person } from '../../feed.ts'
import { shown } from './agreement.ts'
import { h } from './element.ts'

/** The platforms side by side: their names for somebody. */
export function knownCards({ profiles }: LivePerson): readonly HTMLElement[] {
  return profiles.map(({ platform, identifiers, events }) =>
    h(
      'article',
      { class: 'card known' },
      h('h2', {}, platform),
      h('p', { class: 'kicker' }, events.length === 1 ? '1 event' : `${events.length} events`),
      h('dl', { class: 'ids' }, ...identifiers.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    ),
  )
}

/** Every property that more than one platform has, a column each; what only one has is folded away. */
export function propertyTables({ profiles }: LivePerson): readonly HTMLElement[] {
  const names = [...new Set(profiles.flatMap(({ properties }) => Object.keys(properties)))]
  const owners = (name: string) => profiles.filter(({ properties }) => name in properties)
  const shared = names.filter(name => profiles.length === 1 || owners(name).length > 1)
  const apart = profiles.map(profile => ({
    profile,
    own: names.filter(name => !shared.includes(name) && name in profile.properties),
  }))
  return [
    table(profiles, shared),
    ...apart
      .filter(({ own }) => own.length > 0)
      .map(({ profile, own }) =>
        h(
          'details',
          { class: 'apart' },
          h('summary', {}, `${own.length} more at ${profile.platform} alone`),
          table([profile], own),
        ),
      ),
  ]
}

/** Somebody Inkling holds for, until an identifier is known. */
export function heldCard(person: Person): HTMLElement {
  const held = person.deliveries.filter(({ status }) => status === 'held')
  const names = new Set(held.map(({ kind, name }) => name ?? (kind === 'traits' ? 'Changed traits' : kind)))
  return h(
    'article',
    { class: 'card held' },
    h('h2', {}, 'No platform knows you yet'),
    h(
      'p',
      {},
      'There is no e-mail address to write to, so nothing was sent. ',
      h('a', { href: '/consultation' }, 'Fill in the form'),
      ' in the shop, and what waits here is delivered at once.',
    ),
    h('h3', {}, names.size === 0 ? 'Nothing waits yet' : 'Waiting for an e-mail address'),
    h('ul', { class: 'waiting' }, ...[...names].map(name => h('li', {}, name))),
  )
}

/** What Inkling knows of somebody while nobody else does. */
export function heldTable({ score, level, traits }: Person): HTMLElement {
  return table([{ platform: 'Inkling', properties: { inkling_score: score, inkling_level: level, ...traits } }])
}

export function nobodyCard(visitorIsKnown: boolean): HTMLElement {
  return h(
    'article',
    { class: 'card held' },
    h('h2', {}, visitorIsKnown ? 'Nothing was seen of you yet' : 'Nobody has been here yet'),
    h(
      'p',
      {},
      h('a', { href: '/' }, 'Open the shop'),
      ', let the pointer rest on a plant, read the journal. This page fills as you go; there is no need to reload it.',
    ),
  )
}

interface Column {
  readonly platform: string
  readonly properties: LiveProfile['properties']
}

function table(columns: readonly Column[], names?: readonly string[]): HTMLElement {
  const rows = names ?? Object.keys(columns[0]?.properties ?? {})
  if (rows.length === 0) return h('p', { class: 'none' }, 'None yet.')
  return h(
    'table',
    { class: 'traits' },
    h('thead', {}, h('tr', {}, h('td', {}), ...columns.map(({ platform }) => h('th', { scope: 'col' }, platform)))),
    h(
      'tbody',
      {},
      ...rows.map(name =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, name),
          ...columns.map(({ platform, properties }) => valueCell(platform, name, properties[name])),
        ),
      ),
    ),
  )
}

function valueCell(platform: string, name: string, value: unknown): HTMLElement {
  const attributes = { 'data-at': platform }
  if (name.endsWith('_score') && value !== undefined) {
    const share = Math.min(Math.max(Number(value), 0), 100)
    const bar = h('span', { class: 'bar', style: `--share: ${share}%`, 'aria-hidden': 'true' })
    return h('td', attributes, h('span', { class: 'score' }, String(value), bar))
  }
  if (name.endsWith('_level') && value !== undefined)
    return h('td', attributes, h('span', { class: `badge ${String(value)}` }, String(value)))
  return h('td', attributes, shown(name, value))
}
