/** What is asked of Klaviyo for feedback. */
import type { AskFailure, Recipient } from '../feedback.ts'
import { isMembers } from '../members.ts'
import type { Found } from '../named.ts'
import { outcomeOf, type RequestDeps } from '../request.ts'
import { recipientsIn } from './feedback.ts'
import { wordsOf } from './map.ts'
import { type Account, at, exchange, openAccount, type Session } from './sdk.ts'
import { EVENTS_A_PAGE, type KlaviyoSettings } from './settings.ts'

export type Answer = { readonly kind: 'answer'; readonly body: unknown } | AskFailure

/** One attempt each; never throws. */
export interface Reader {
  metrics(cursor?: string): Promise<Answer>
  /** Events of a metric in `[from, until)`, oldest first, with the people they are about. */
  events(query: { metricId: string; from: number; until: number; cursor?: string }): Promise<Answer>
  /** At most 100 ids. */
  profiles(ids: readonly string[]): Promise<Found | AskFailure>
}

/** @throws {SettingError} when the key or the address cannot be right. */
export async function openReader(settings: KlaviyoSettings, deps: RequestDeps = {}): Promise<Reader> {
  const account = await openAccount(settings, deps)
  const { sdk } = account
  return {
    metrics: cursor =>
      ask(account, session => at(account, new sdk.MetricsApi(session)).getMetrics({ ...page(cursor) })),
    events: ({ metricId, from, until, cursor }) =>
      ask(account, session =>
        at(account, new sdk.EventsApi(session)).getEvents({
          filter: `and(equals(metric_id,"${metricId}"),greater-or-equal(datetime,${iso(from)}),less-than(datetime,${iso(until)}))`,
          include: ['profile'],
          fieldsProfile: ['email', 'external_id'],
          sort: 'datetime',
          pageSize: EVENTS_A_PAGE,
          ...page(cursor),
        }),
      ),
    profiles: async ids => {
      const answer = await ask(account, session =>
        at(account, new sdk.ProfilesApi(session)).getProfiles({
          filter: `any(id,[${ids.map(id => `"${id}"`).join(',')}])`,
          fieldsProfile: ['email', 'external_id'],
          pageSize: 100,
        }),
      )
      return answer.kind === 'answer' ? { kind: 'found', people: peopleIn(answer.body) } : answer
    },
  }
}

async function ask(account: Account, call: (session: Session) => Promise<unknown>): Promise<Answer> {
  const reply = await exchange(account, { call, answers: 'json' })
  const outcome = outcomeOf(reply, { words: wordsOf, secrets: [account.apiKey] })
  if (outcome.kind !== 'delivered') return outcome
  if (reply.kind !== 'answered' || reply.body.kind !== 'json')
    return { kind: 'retry', reason: 'the answer was no JSON' }
  return { kind: 'answer', body: reply.body.value }
}

function peopleIn(body: unknown): ReadonlyMap<string, Recipient> {
  return recipientsIn(isMembers(body) ? body.data : undefined)
}

function page(cursor: string | undefined): { pageCursor?: string } {
  return cursor === undefined ? {} : { pageCursor: cursor }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
