/** The account's log of e-mail events (`GET /email/public/v1/events`), newest first. */
import type { Answer } from '../exchange.ts'
import type { Call } from './endpoints.ts'
import { invalid, json } from './reply.ts'

export interface HubspotEmailEvent {
  readonly id: string
  /** Epoch ms. */
  readonly created: number
  /** Such as `OPEN`. */
  readonly type: string
  readonly recipient: string
  readonly [member: string]: unknown
}

const MOST = 1_000
const USUAL = 10

export function listEmailEvents({ account, url }: Call): Answer {
  const query = url.searchParams
  const limit = Number(query.get('limit') ?? USUAL)
  const offset = Number(query.get('offset') ?? 0)
  const [from, until] = [
    Number(query.get('startTimestamp') ?? 0),
    Number(query.get('endTimestamp') ?? Number.MAX_VALUE),
  ]
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) return invalid(`limit must be between 1 and ${MOST}`)
  if (![offset, from, until].every(Number.isFinite)) return invalid('Invalid query parameter')
  const type = query.get('eventType')
  const filtered = query.get('excludeFilteredEvents') === 'true'
  const found = account.emailEvents
    .filter(event => event.created >= from && event.created < until)
    .filter(event => (type === null || event.type === type) && !(filtered && event['filteredEvent'] === true))
    .toSorted((a, b) => b.created - a.created)
  const events = found.slice(offset, offset + limit)
  return json(200, { hasMore: offset + limit < found.length, offset: String(offset + limit), events })
}
