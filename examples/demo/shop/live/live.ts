/** The live page. What the platforms have is pushed by the demo server; what Inkling holds is asked for once a second. */
import type { Accounts, Person } from '../../feed.ts'
import { find, h } from './element.ts'
import { eventCard } from './event-card.ts'
import { askAbout, choices, type Follow, followed, NEWEST, VISITOR } from './follow.ts'
import { happeningsOf } from './happening.ts'
import { heldCard, heldTable, knownCards, nobodyCard, propertyTables } from './profile-card.ts'
import { storyList } from './story-list.ts'

interface Shown {
  readonly accounts: Accounts
  readonly person: Person | undefined
  readonly follow: Follow
}

const anonymousId = new URLSearchParams(location.search).get('anonymous_id') ?? undefined
const start: Follow = { whom: anonymousId === undefined ? NEWEST : VISITOR, anonymousId }
let shown: Shown = { accounts: [], person: undefined, follow: start }
let drawn = ''
const seen = new Set<string>()

const chooser = find<HTMLSelectElement>('[data-follow]')
chooser.addEventListener('change', () => {
  shown = { ...shown, person: undefined, follow: { ...shown.follow, whom: chooser.value } }
  ask()
})

const stream = new EventSource('/live/stream')
stream.addEventListener('accounts', ({ data }) => {
  shown = { ...shown, accounts: JSON.parse(data) }
  ask()
})
stream.addEventListener('open', () => connection('Live'))
stream.addEventListener('error', () => connection('Lost'))
setInterval(ask, 1000)
draw()

/** Asks the destination about the person on show, then draws. The stream tells when the demo itself is gone. */
async function ask(): Promise<void> {
  const id = askAbout(shown.accounts, shown.follow)
  if (id !== undefined && stream.readyState === EventSource.OPEN) {
    const whom = shown.follow
    const answer = await fetch(`/live/why?${new URLSearchParams({ id })}`).catch(() => undefined)
    const person: Person | undefined = answer?.ok ? await answer.json() : undefined
    // Somebody else may have been chosen meanwhile; a demo that is gone keeps what was last known on show.
    if (answer !== undefined && shown.follow === whom) shown = { ...shown, person }
  }
  draw()
}

function draw(): void {
  const looks = JSON.stringify(shown)
  if (looks === drawn) return
  drawn = looks
  const { accounts, person, follow } = shown
  const known = followed(accounts, person, follow)
  offer(choices(accounts, follow))
  const nobody = () => (person ? heldCard(person) : nobodyCard(follow.whom === VISITOR))
  find('[data-name]').textContent = known?.name ?? (person ? 'You, without a name so far' : 'Nobody so far')
  find('[data-who]').replaceChildren(...(known ? knownCards(known) : [nobody()]))
  find('[data-properties]').replaceChildren(
    ...(known ? propertyTables(known) : [person ? heldTable(person) : none('None yet.')]),
  )
  const happenings = known ? happeningsOf(known, person?.deliveries ?? []) : []
  const fresh = happenings.filter(({ key }) => !seen.has(key))
  const cards = known
    ? happenings.map(happening => eventCard({ happening, person: known, isNew: fresh.includes(happening) }))
    : []
  find('[data-events]').replaceChildren(
    ...(cards.length > 0 ? cards : [none('No platform has received an event of this person.')]),
  )
  const story = person && person.story.length > 0 ? storyList(person) : none('Nothing was decided yet.')
  find('[data-story]').replaceChildren(story)
  announce(fresh.map(({ name }) => name))
  for (const { key } of fresh) seen.add(key)
}

/** Replaces the choices only when they changed: an open menu closes when its options go. */
function offer(options: readonly HTMLElement[]): void {
  const words = options.map(option => option.textContent).join()
  if (words === chooser.dataset.offered) return
  chooser.dataset.offered = words
  chooser.replaceChildren(...options)
}

function none(words: string): HTMLElement {
  return h('p', { class: 'none' }, words)
}

function announce(names: readonly string[]): void {
  if (names.length > 0) find('[data-announce]').textContent = `Received: ${names.join(', ')}`
}

function connection(state: 'Live' | 'Lost'): void {
  const label = find('[data-connection]')
  label.textContent = state
  label.className = `connection ${state.toLowerCase()}`
  find('[data-lost]').hidden = state === 'Live'
}
