/**
 * Braze's Currents over its custom HTTP connector: batches, a bearer token, and what it does with each reply. A batch that is
 * refused as a whole is split down to single events, and those refused again are dropped.
 */

export interface CurrentsTarget {
  readonly url: string
  readonly token: string
  /** Default 100. */
  readonly batchSize?: number
}

export interface CurrentsEvent {
  /** Such as `users.messages.email.Open`. */
  readonly event_type: string
  readonly id: string
  /** Epoch s. */
  readonly time: number
  readonly user: { readonly user_id: string; readonly external_user_id?: string; readonly timezone?: string }
  readonly properties: Readonly<Record<string, unknown>>
}

export interface CurrentsOutcome {
  /** Of each request, in order. */
  readonly statuses: readonly number[]
  /** Refused one by one: lost. */
  readonly dropped: readonly string[]
  /** Refused for now: Braze would send them again for a day or two. */
  readonly waiting: readonly string[]
}

export async function sendCurrents(target: CurrentsTarget, events: readonly unknown[]): Promise<CurrentsOutcome> {
  const { batchSize = 100 } = target
  const outcomes: CurrentsOutcome[] = []
  for (let at = 0; at < events.length; at += batchSize)
    outcomes.push(await sendBatch(target, events.slice(at, at + batchSize)))
  return joined(outcomes)
}

async function sendBatch({ url, token }: CurrentsTarget, events: readonly unknown[]): Promise<CurrentsOutcome> {
  const { status } = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Braze-Currents-Version': '1',
      Authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ events }),
  })
  const said = { statuses: [status], dropped: [], waiting: [] }
  if (status >= 200 && status <= 299) return said
  const ids = events.map(event => String(Object(event).id))
  if (status !== 400 && status !== 413) return { ...said, waiting: ids }
  if (events.length === 1) return { ...said, dropped: ids }
  const parts: CurrentsOutcome[] = []
  for (const event of events) parts.push(await sendBatch({ url, token }, [event]))
  return joined([said, ...parts])
}

function joined(outcomes: readonly CurrentsOutcome[]): CurrentsOutcome {
  return {
    statuses: outcomes.flatMap(({ statuses }) => statuses),
    dropped: outcomes.flatMap(({ dropped }) => dropped),
    waiting: outcomes.flatMap(({ waiting }) => waiting),
  }
}
