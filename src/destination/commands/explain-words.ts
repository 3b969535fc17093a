/** A person's story for the terminal. The words come from `explain.ts`, which the API answers with too. Pure. */
import type { Chapter, DeliveryView, Person } from '../explain.ts'
import { clock, count, lasting, table } from './table.ts'

/** @param limit - chapters shown at most. */
export function personInWords(person: Person, { now, limit }: { now: number; limit: number }): readonly string[] {
  const { identifiers, score, level, last_seen, timers } = person
  const names = Object.entries({ id: person.id, ...identifiers }).map(([name, value]) => [name, String(value)])
  return [
    ...table(
      [{ title: 'Person' }, { title: '' }],
      names.map(([name = '', value = '']) => [`  ${name}`, value]),
    ),
    '',
    `Score ${score} of 100, level ${level}, last seen ${clock(Date.parse(last_seen))} UTC (${ago(now, last_seen)})`,
    ...timers.map(({ key, due }) => `Looks again at ${clock(Date.parse(due))} UTC (${key})`),
    '',
    ...traitsInWords(person),
    '',
    'Story, most recent first (UTC)',
    ...storyInWords(person, limit),
  ]
}

/** One column for what the platforms have, or one per platform where they differ. */
function traitsInWords({ traits, platforms }: Person): readonly string[] {
  const names = Object.keys(platforms)
  if (Object.keys(traits).length === 0) return ['Traits: none yet']
  if (names.length === 0) return ['Traits: decided, but no platform has any yet', ...rows([['decided', traits]])]
  return ['Traits as the platforms have them', ...rows([...Object.entries(platforms), ['decided', traits]])]

  function rows(columns: readonly (readonly [string, Person['traits']])[]): readonly string[] {
    return table(
      [{ title: '' }, ...columns.map(([title]) => ({ title }))],
      Object.keys(traits).map(name => [name, ...columns.map(([, values]) => shown(values[name]))]),
      '  ',
    )
  }
}

function storyInWords({ story, deliveries }: Person, limit: number): readonly string[] {
  const isOf = (chapter: Chapter) => (delivery: DeliveryView) =>
    delivery.kind === 'event' && delivery.name === chapter.what && delivery.at === chapter.at
  const chapters = story.map(chapter => ({
    at: chapter.at,
    lines: [
      chapter.told,
      chapter.why,
      ...(chapter.outcome === 'fired' ? deliveries.filter(isOf(chapter)).flatMap(fateInWords) : []),
    ],
  }))
  // Traits that went along with a later write are told there.
  const writes = deliveries
    .filter(({ status }) => status !== 'superseded')
    .flatMap(({ kind, ...delivery }) => (kind === 'event' ? [] : [{ kind, ...delivery }]))
    .map(({ at, kind, traits, ...fate }) => ({
      at,
      lines: [kind === 'traits' ? `Traits written: ${listed(traits)}` : TITLES[kind], ...fateInWords(fate)],
    }))
  const all = [...chapters, ...writes].toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1))
  if (all.length === 0) return ['  Nothing has been decided about this person yet.']
  const older = all.length - limit
  return [
    ...all
      .slice(0, limit)
      .flatMap(({ at, lines: [first = '', ...rest] }) => [
        `  ${clock(Date.parse(at))}  ${first}`,
        ...rest.map(line => `    ${line}`),
      ]),
    ...(older > 0 ? [`  and ${count(older)} older ones: --limit shows more`] : []),
  ]
}

function fateInWords({ told, hint }: Pick<DeliveryView, 'told' | 'hint'>): readonly string[] {
  return [`→ ${told}`, ...(hint === undefined ? [] : [`  ${hint}`])]
}

const TITLES = { deletion: 'Deletion', joining: 'Joined with what was written before they had a user id' } as const

function listed(traits: Person['traits']): string {
  return Object.entries(traits)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(', ')
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '-' : String(value)
}

function ago(now: number, time: string): string {
  return `${lasting(Math.max(now - Date.parse(time), 0))} ago`
}
