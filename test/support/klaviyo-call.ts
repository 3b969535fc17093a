/** Calls a Klaviyo account the way any client could, right or wrong. */

export const KEY = 'pk_test'
export const REVISION = '2026-07-15'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
  /** Each error's code and place, as `invalid /data/attributes/email`. */
  readonly errors: readonly string[]
}

export interface CallOptions {
  readonly method?: string
  readonly body?: unknown
  /** Laid over the right ones; an empty text leaves one out. */
  readonly headers?: Readonly<Record<string, string>>
}

export async function call(
  url: string,
  path: string,
  { method, body, headers = {} }: CallOptions = {},
): Promise<Reply> {
  const right = {
    Authorization: `Klaviyo-API-Key ${KEY}`,
    revision: REVISION,
    Accept: 'application/vnd.api+json',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  }
  const sent = Object.entries({ ...right, ...headers }).filter(([, value]) => value !== '')
  const response = await fetch(url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: sent.map(([name, value]): [string, string] => [name, value]),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const answered: unknown = text === '' ? undefined : JSON.parse(text)
  return { status: response.status, headers: response.headers, body: answered, errors: errorsOf(answered) }
}

/** The body of `POST /api/profile-import`. */
export function profileBody(attributes: object, rest: object = {}): object {
  return { data: { type: 'profile', attributes, ...rest } }
}

/** The body of `POST /api/events`: a `Cart Abandoned` of `person`. */
export function eventBody(person: object, attributes: object = {}): object {
  return {
    data: {
      type: 'event',
      attributes: {
        properties: {},
        metric: { data: { type: 'metric', attributes: { name: 'Cart Abandoned' } } },
        profile: { data: { type: 'profile', attributes: person } },
        ...attributes,
      },
    },
  }
}

/** The body of `POST /api/event-bulk-create-jobs`: a `Cart Abandoned` for each of these people. */
export function bulkBody(
  people: readonly object[],
  { attributes = {}, entry = {} }: { readonly attributes?: object; readonly entry?: object } = {},
): object {
  const metric = { data: { type: 'metric', attributes: { name: 'Cart Abandoned' } } }
  const data = people.map(person => ({
    type: 'event-bulk-create',
    attributes: {
      profile: { data: { type: 'profile', attributes: person } },
      events: { data: [{ type: 'event', attributes: { properties: {}, metric, ...attributes } }] },
      ...entry,
    },
  }))
  return { data: { type: 'event-bulk-create-job', attributes: { 'events-bulk-create': { data } } } }
}

function errorsOf(body: unknown): readonly string[] {
  if (typeof body !== 'object' || body === null || !('errors' in body) || !Array.isArray(body.errors)) return []
  return body.errors.map(({ code, source }) => [code, source.pointer ?? source.parameter].filter(Boolean).join(' '))
}
