/** One event: when, why, how long it took to each platform, and every property. */
import { type LivePerson, PLATFORMS } from '../../feed.ts'
import { agreement } from './agreement.ts'
import { h } from './element.ts'
import { arrivalOf, type Happening } from './happening.ts'
import { clock, span } from './words.ts'

export interface EventCardOptions {
  readonly happening: Happening
  readonly person: LivePerson
  /** Not shown before: it draws the eye once. */
  readonly isNew: boolean
}

/** A wait this long for the address is no delay of ours, ms. */
const WAITED_MS = 1500

export function eventCard({ happening, person, isNew }: EventCardOptions): HTMLElement {
  const { name, happened, received } = happening
  const waited = person.knownSince === undefined ? 0 : person.knownSince - happened
  const reason = received.map(({ event }) => event.properties['reason']).find(words => typeof words === 'string')
  const copies = received.map(({ platform, event: { properties } }) => {
    const { reason: _reason, ...values } = properties
    return { platform, values }
  })
  const at = arrivalOf(happening)
  return h(
    'article',
    { class: isNew ? 'card event new' : 'card event' },
    h('header', {}, h('time', { datetime: new Date(at).toISOString() }, clock(at)), h('h3', {}, name)),
    waited > WAITED_MS
      ? h('p', { class: 'waited' }, `Happened ${clock(happened)}, kept ${span(waited)} until the e-mail was known.`)
      : h('ul', { class: 'lags', 'aria-label': 'From behaviour to each platform' }, ...PLATFORMS.map(lag)),
    reason !== undefined && h('p', { class: 'reason' }, h('span', { class: 'label' }, 'Why'), reason),
    agreement(copies, 'properties'),
  )

  function lag(platform: (typeof PLATFORMS)[number]): HTMLElement {
    const event = received.find(one => one.platform === platform)?.event
    return event === undefined
      ? h('li', { class: 'absent' }, `${platform} `, h('b', {}, 'not yet'))
      : h('li', {}, `${platform} `, h('b', {}, span(event.receivedAt - happened)))
  }
}
