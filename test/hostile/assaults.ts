/** What a service on the open internet has to live with, one kind after the other. */
import { createHmac } from 'node:crypto'
import { crowd, dribble, SLOW_BODY, SLOW_HEAD } from './connections.ts'
import { flood, type Tally } from './flood.ts'

export interface Target {
  readonly port: number
  readonly secret: string
  readonly signingKey: { readonly id: string; readonly secret: string }
  readonly writeKey: string
}

export interface Assault {
  readonly name: string
  /** Connections, requests or messages. */
  readonly size: number
  readonly run: (target: Target, size: number) => Promise<Tally>
}

const CONNECTIONS = 16
const PER_REQUEST = 100

/** As many as the issue of a hostile day is about; a test takes fewer. */
export const ASSAULTS: readonly Assault[] = [
  {
    name: 'connections that send their headers a byte a second',
    size: 2_000,
    run: ({ port }, size) => dribble(port, size, SLOW_HEAD),
  },
  {
    name: 'connections that send their body a byte a second',
    size: 2_000,
    run: ({ port }, size) => dribble(port, size, SLOW_BODY),
  },
  { name: 'connections at once', size: 10_000, run: ({ port }, size) => crowd(port, size) },
  {
    name: 'batches with a forged signature',
    size: 20_000,
    run: ({ port }, requests) => {
      const body = batchOf(index => `forged-${index}`, 0)
      const headers = { 'x-signature': '0'.repeat(40) }
      return flood({ port, requests, connections: CONNECTIONS, make: () => ({ path: '/segment', body, headers }) })
    },
  },
  {
    name: 'signed batches that were seen before',
    size: 20_000,
    run: ({ port, signingKey }, requests) => {
      const body = `{"batch":${batchOf(index => `replayed-${index}`, 0)}}`
      const headers = signedHeaders(body, signingKey)
      return flood({
        port,
        requests,
        connections: CONNECTIONS,
        make: () => ({ path: '/segment/batch', body, headers }),
      })
    },
  },
  {
    name: 'calls from one address, with write keys that nobody has',
    size: 20_000,
    run: ({ port }, requests) => {
      const make = (index: number) => ({
        path: '/v1/track',
        body: messageOf(`guess-${index}`, index),
        headers: keyed(`guess-${index}`),
      })
      return flood({ port, requests, connections: CONNECTIONS, make, from: '127.0.0.3' })
    },
  },
  {
    name: 'calls from one address, with the write key of the page',
    size: 20_000,
    run: ({ port, writeKey }, requests) => {
      const make = (index: number) => ({
        path: '/v1/track',
        body: messageOf(`flood-${index}`, index),
        headers: keyed(writeKey),
      })
      return flood({ port, requests, connections: CONNECTIONS, make, from: '127.0.0.2' })
    },
  },
  {
    name: 'messages about one person',
    size: 1_000_000,
    run: (target, messages) => signedBatches(target, messages, () => 'the-one'),
  },
  {
    name: 'people with one message each',
    size: 1_000_000,
    run: (target, messages) => signedBatches(target, messages, index => `one-of-many-${index}`),
  },
]

/** As Segment sends them. */
function signedBatches({ port, secret }: Target, messages: number, whose: (index: number) => string): Promise<Tally> {
  const make = (request: number) => {
    const body = batchOf(index => whose(request * PER_REQUEST + index), request * PER_REQUEST)
    return { path: '/segment', body, headers: { 'x-signature': createHmac('sha1', secret).update(body).digest('hex') } }
  }
  return flood({ port, requests: Math.ceil(messages / PER_REQUEST), connections: CONNECTIONS, make })
}

function batchOf(whose: (index: number) => string, first: number): string {
  return `[${Array.from({ length: PER_REQUEST }, (_, index) => messageOf(whose(index), first + index)).join(',')}]`
}

/** Somebody looks at a product, another one each time. */
function messageOf(anonymousId: string, index: number): string {
  return JSON.stringify({
    ...{ type: 'track', event: 'Product Viewed', messageId: `${anonymousId}.${index}`, anonymousId },
    timestamp: new Date().toISOString(),
    properties: {
      product_id: `p-${index}`,
      name: `Product ${index}`,
      category: `c-${index % 5_000}`,
      price: index % 100,
    },
  })
}

function keyed(writeKey: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}` }
}

function signedHeaders(body: string, { id, secret }: Target['signingKey']): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('hex')
  return { 'x-inkling-key-id': id, 'x-inkling-timestamp': timestamp, 'x-inkling-signature': `v1=${digest}` }
}
