/** HubSpot's log of e-mail events, and the addresses of contacts. */
import type { AskFailure, Feed } from '../feedback.ts'
import { isMembers } from '../members.ts'
import type { LookUp } from '../named.ts'
import type { Reply } from '../request.ts'
import { readReply } from './contacts.ts'
import { EVENT_TYPES, hearEvents, recipientsIn } from './feedback.ts'
import type { Account } from './sdk.ts'
import { EVENTS_A_PAGE, LATENESS_MS, PAUSE_BETWEEN_PAGES_MS } from './settings.ts'

export function createHubspotLookUp(account: Account): LookUp {
  return async ids => {
    const answer = toAnswer(account, await account.readAddresses(ids))
    return answer.kind === 'answer' ? { kind: 'found', people: recipientsIn(answer.body) } : answer
  }
}

/** Where a page starts: a type of events, and HubSpot's offset among them. */
interface Place {
  readonly type: number
  readonly offset?: string
}

/** Asks type by type, for the sent and delivered ones, which nobody asks for, are most of the log. */
export function createHubspotFeed(account: Account): Feed {
  return {
    platform: 'hubspot',
    latenessMs: LATENESS_MS,
    pauseMs: PAUSE_BETWEEN_PAGES_MS,
    page: async ({ from, until }, start) => {
      const { type, offset }: Place = start === undefined ? { type: 0 } : JSON.parse(start)
      const query = new URLSearchParams({
        eventType: EVENT_TYPES[type] ?? '',
        startTimestamp: String(from),
        endTimestamp: String(until),
        limit: String(EVENTS_A_PAGE),
        excludeFilteredEvents: 'true',
        ...(offset !== undefined && { offset }),
      })
      const answer = toAnswer(account, await account.request('GET', `/email/public/v1/events?${query}`))
      if (answer.kind !== 'answer') return answer
      const next = nextPlace(answer.body, type)
      const heard = hearEvents(answer.body)
      return { kind: 'page', heard, ...(next !== undefined && { next: JSON.stringify(next) }) }
    },
  }
}

function nextPlace(body: unknown, type: number): Place | undefined {
  if (isMembers(body) && body.hasMore === true && typeof body.offset === 'string') return { type, offset: body.offset }
  return type + 1 < EVENT_TYPES.length ? { type: type + 1 } : undefined
}

function toAnswer(account: Account, reply: Reply): { readonly kind: 'answer'; readonly body: unknown } | AskFailure {
  const outcome = readReply(account, reply, [])
  if (outcome.kind !== 'delivered') return outcome
  if (reply.kind !== 'answered' || reply.body.kind !== 'json')
    return { kind: 'retry', reason: 'the answer was no JSON' }
  return { kind: 'answer', body: reply.body.value }
}
