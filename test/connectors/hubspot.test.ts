import { createHubspot } from '../../src/connectors/hubspot/index.ts'
import { platformContract } from '../contracts/connector.ts'
import type { Scripted, Sent } from '../support/platform-server.ts'

const json = (status: number, body: unknown): Scripted => ({
  kind: 'answer',
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

/** An account that takes everything and has defined the event of the deliveries. */
function taking({ path, body }: Sent): Scripted {
  if (path.startsWith('/events/v3/event-definitions'))
    return json(200, { results: [{ fullyQualifiedName: 'pe1_inkling_cart_abandoned', archived: false }] })
  if (path === '/events/v3/send') return { kind: 'answer', status: 204 }
  return json(200, { status: 'COMPLETE', results: JSON.parse(body).inputs.map(() => ({ id: '1', properties: {} })) })
}

platformContract({
  name: 'hubspot',
  open: ({ url, apiKey, timeoutMs, now }) => createHubspot({ accessToken: apiKey, baseUrl: url }, { timeoutMs, now }),
  taken: { traits: taking, event: taking },
  refusal: words => JSON.stringify({ status: 'error', message: words, category: 'VALIDATION_ERROR' }),
  idempotencyKey: ({ body }) => JSON.parse(body).uuid,
})
