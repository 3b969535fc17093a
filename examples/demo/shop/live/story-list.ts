/** What the destination decided about this person, fired or not, each with its reason. */
import type { Person } from '../../feed.ts'
import { h } from './element.ts'
import { clock } from './words.ts'

/** Newest first, as the destination tells it. */
export function storyList({ story }: Person): HTMLElement {
  return h(
    'ol',
    { class: 'story' },
    ...story.map(({ at, what, outcome, why, restraint }) =>
      h(
        'li',
        {},
        h('time', { datetime: at }, clock(Date.parse(at))),
        h('span', { class: `chip ${outcome}` }, outcome),
        h(
          'div',
          {},
          h('strong', {}, what),
          restraint !== undefined && ` (${restraint.replaceAll('_', ' ')})`,
          h('p', {}, why),
        ),
      ),
    ),
  )
}
