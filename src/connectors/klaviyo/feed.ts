/** Klaviyo's events of its e-mails, metric by metric: for accounts whose plan has no webhooks. */
import type { Feed, FeedPage } from '../feedback.ts'
import { isMembers, membersIn } from '../members.ts'
import { hearEvents, METRICS } from './feedback.ts'
import type { Reader } from './read.ts'
import { LATENESS_MS, PAUSE_BETWEEN_PAGES_MS } from './settings.ts'

/** Where a page starts: a metric that is still to be asked for, and a place among its events. */
interface Place {
  /** What is left to ask for, the one being read first: ids of metrics, and their names. */
  readonly left: readonly (readonly [id: string, name: string])[]
  readonly cursor?: string
}

export function createKlaviyoFeed(reader: Reader): Feed {
  return {
    platform: 'klaviyo',
    latenessMs: LATENESS_MS,
    pauseMs: PAUSE_BETWEEN_PAGES_MS,
    page: async (span, start) => {
      // Ids of metrics differ from account to account, and a metric appears with its first event.
      if (start === undefined) return findMetrics(reader)
      const { left, cursor }: Place = JSON.parse(start)
      const [[metricId, name] = ['', ''], ...others] = left
      const kind = METRICS[name]
      if (kind === undefined) return { kind: 'page', heard: [] }
      const answer = await reader.events({ metricId, ...span, ...(cursor !== undefined && { cursor }) })
      if (answer.kind !== 'answer') return answer
      const next = nextCursor(answer.body)
      const place: Place | undefined = next === undefined ? placeOf(others) : { left, cursor: next }
      return toPage(hearEvents(answer.body, kind), place)
    },
  }
}

async function findMetrics(reader: Reader): Promise<FeedPage> {
  const found: (readonly [string, string])[] = []
  let cursor: string | undefined
  do {
    const answer = await reader.metrics(cursor)
    if (answer.kind !== 'answer') return answer
    for (const { id, attributes } of membersIn(isMembers(answer.body) ? answer.body.data : undefined)) {
      const name = isMembers(attributes) ? attributes.name : undefined
      if (typeof name !== 'string' || !Object.hasOwn(METRICS, name) || !isMetricId(id)) continue
      // A metric of that name that somebody else sends, such as ourselves, is not Klaviyo's.
      if (isMembers(attributes) && isMembers(attributes.integration) && attributes.integration.name !== 'Klaviyo')
        continue
      found.push([id, name])
    }
    const next = nextCursor(answer.body)
    cursor = next === cursor ? undefined : next
  } while (cursor !== undefined)
  return toPage([], placeOf(found))
}

function placeOf(left: Place['left']): Place | undefined {
  return left.length === 0 ? undefined : { left }
}

function toPage(heard: Extract<FeedPage, { kind: 'page' }>['heard'], place: Place | undefined): FeedPage {
  return { kind: 'page', heard, ...(place !== undefined && { next: JSON.stringify(place) }) }
}

function isMetricId(id: unknown): id is string {
  return typeof id === 'string' && /^\w{1,40}$/.test(id)
}

/** @returns the cursor in the link to the next page. */
function nextCursor(body: unknown): string | undefined {
  const next = isMembers(body) && isMembers(body.links) ? body.links.next : undefined
  return (typeof next === 'string' ? URL.parse(next)?.searchParams.get('page[cursor]') : undefined) ?? undefined
}
