/** The running service as whoever feeds it sees it: routes to send to, and what the API then tells of people. */
import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import type { Person } from '../../../src/destination/explain.ts'
import type { LogEvent } from '../../../src/destination/log-event.ts'
import { captures } from '../../destination/routes/captured.ts'
import { NOW } from '../../destination/routes/service.ts'
import { type BatchKey, signedHeaders } from '../../destination/routes/sign-batch.ts'
import { openLiveService } from '../../support/live-service.ts'

/** The secret that the captured requests are signed with. */
export const SHARED_SECRET = 'fixture-shared-secret'
export const KEY: BatchKey = { id: 'end-to-end', secret: 'a-secret-of-some-length' }

export type Headers = Readonly<Record<string, string>>

export interface FedService {
  readonly url: string
  readonly events: readonly LogEvent[]
  post(path: string, body: string | Uint8Array<ArrayBuffer>, headers?: Headers): Promise<Response>
  /** Asks the API, once everything that was acknowledged has been decided upon. */
  person(id: string): Promise<Person | undefined>
  /** Pieces in a person's cart: as many as additions counted. */
  piecesOf(id: string): Promise<unknown>
}

/** Its clock stands still shortly after the requests were captured. */
export async function openFedService(environment: Headers = {}): Promise<FedService> {
  const { url, events } = await openLiveService({
    environment: { SEGMENT_SHARED_SECRET: SHARED_SECRET, SIGNING_KEYS: `${KEY.id}:${KEY.secret}`, ...environment },
    now: () => NOW,
  })
  const backlog = async () => {
    const { backlog }: { backlog: number } = await (await fetch(`${url}/readyz`)).json()
    return backlog
  }
  const person = async (id: string): Promise<Person | undefined> => {
    await expect.poll(backlog, { timeout: 60_000 }).toBe(0)
    const answer = await fetch(`${url}/api/people/${encodeURIComponent(id)}`)
    return answer.status === 404 ? undefined : await answer.json()
  }
  return {
    ...{ url, events, person },
    post: (path, body, headers = {}) => fetch(url + path, { method: 'POST', body, headers }),
    piecesOf: async id => (await person(id))?.traits['inkling_cart_item_count'],
  }
}

/** As it comes out of Segment's pipeline: one more piece in a cart, a millisecond after the one before. */
export function addition(number: number, userId: string): object {
  const timestamp = new Date(NOW - 60_000 + number).toISOString()
  return {
    type: 'track',
    event: 'Product Added',
    messageId: `ajs-next-${userId}-${number}`,
    userId,
    properties: { product_id: 'fig', name: 'Fig', price: 35 },
    context: {
      page: { url: 'https://shop.example/fig', path: '/fig', title: 'Fig' },
      library: { name: 'analytics.js' },
    },
    integrations: {},
    channel: 'client',
    version: 2,
    ...{ timestamp, originalTimestamp: timestamp, sentAt: timestamp, receivedAt: timestamp },
  }
}

export function additions(count: number, userId: string): readonly object[] {
  return Array.from({ length: count }, (_, number) => addition(number, userId))
}

/** What Segment's webhook destinations put into `X-Signature`. */
export function webhookSignature(signed: unknown, secret: string = SHARED_SECRET): Headers {
  const text = typeof signed === 'string' ? signed : JSON.stringify(signed)
  return {
    'content-type': 'application/json',
    'x-signature': createHmac('sha1', secret).update(text).digest('hex'),
  }
}

/** The headers of a signed batch, made at the moment of the service's clock, or so many seconds later. */
export function batchSignature(
  body: string,
  { key = KEY, laterS = 0 }: { readonly key?: BatchKey; readonly laterS?: number } = {},
): Headers {
  return signedHeaders(body, key, NOW + laterS * 1_000)
}

/** Real requests whose file has this name, as their test's rows. */
export function capturesOf(file: string): ReturnType<typeof captures> {
  return captures().filter(({ name, method }) => name.startsWith(file) && method === 'POST')
}
