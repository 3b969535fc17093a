/** One event as Klaviyo has it: when, why, how long it took, and every property. */
import type { DeliveryEntry, LiveEvent, LiveProfile } from '../../feed.ts'
import { h } from './element.ts'
import { addressWords, clock, span, valueWords } from './words.ts'

export interface EventCardOptions {
  readonly event: LiveEvent
  readonly profile: LiveProfile
  readonly deliveries: readonly DeliveryEntry[]
  /** Not shown before: it draws the eye once. */
  readonly isNew: boolean
}

export function eventCard({ event, profile, deliveries, isNew }: EventCardOptions): HTMLElement {
  const { reason, ...properties } = event.properties
  return h(
    'article',
    { class: isNew ? 'card event new' : 'card event' },
    h(
      'header',
      {},
      h('time', { datetime: new Date(event.receivedAt).toISOString() }, clock(event.receivedAt)),
      h('h3', {}, event.metric),
      lagBadge(event, profile, deliveries),
    ),
    typeof reason === 'string' && h('p', { class: 'reason' }, h('span', { class: 'label' }, 'Why'), reason),
    h(
      'dl',
      { class: 'properties' },
      ...Object.entries(properties).map(([name, value]) =>
        h('div', {}, h('dt', {}, name), h('dd', {}, addressWords(valueWords(name, value)))),
      ),
    ),
  )
}

/** What happened before Klaviyo knew the person waited for that, which is no delay of ours; it is said apart. */
function lagBadge(event: LiveEvent, profile: LiveProfile, deliveries: readonly DeliveryEntry[]): HTMLElement {
  const delivery = deliveries.find(({ id }) => id === event.uniqueId)
  const happened = delivery ? Date.parse(delivery.at) : event.time
  const waited = profile.createdAt - happened
  return waited > 1500
    ? h('p', { class: 'lag waited' }, `happened ${clock(happened)}, kept ${span(waited)} until the e-mail was known`)
    : h('p', { class: 'lag' }, h('b', {}, span(event.receivedAt - happened)), ' from behaviour to Klaviyo')
}
