/**
 * A receiver of webhooks on loopback. Not a mock: it checks signature, time and every member, knows a repeat by its id,
 * limits as a hook of Zapier does, and can be told to fail.
 */
import type { Answer, Platform, ReceivedRequest } from './exchange.ts'
import { createRateWindows } from './rate-windows.ts'
import { type StandIn, startStandIn } from './stand-in.ts'
import { deliveryFault, isDelivery, type WebhookDelivery } from './webhook/delivery.ts'
import { signatureFault } from './webhook/signature.ts'

export type { WebhookDelivery } from './webhook/delivery.ts'

export interface WebhookOptions {
  readonly secret: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Whether no more is taken than a hook of Zapier takes. Default true. */
  readonly limits?: boolean
  /** The receiver's clock, epoch ms. Default the real one. */
  readonly now?: () => number
}

export interface WebhookStandIn extends StandIn {
  /** Where to post to. */
  readonly hook: string
  /** Each delivery once, in order of arrival. */
  deliveries(): readonly WebhookDelivery[]
  /** Calls `listener` after every delivery that is taken for the first time, before it is answered. Returns how to stop it. */
  onChange(listener: () => void): () => void
}

/** An address of Zapier ends with a slash, and means nothing without it. */
const PATH = '/hooks/catch/1234567/abc123/'
const WINDOWS = [{ limit: 30, ms: 1_000 }]
const MAX_BODY_BYTES = 10_485_760

/** Starts listening, on loopback only. */
export async function startWebhook(options: WebhookOptions): Promise<WebhookStandIn> {
  const { secret, port = 0, limits = true, now = Date.now } = options
  const taken = new Map<string, WebhookDelivery>()
  const listeners = new Set<() => void>()
  const rates = createRateWindows()

  function answer(request: ReceivedRequest): Answer {
    if (request.url.pathname !== PATH) return says(404, 'there is no such hook')
    if (request.method !== 'POST') return says(405, 'a hook takes POST')
    if (limits && !rates.take(PATH, WINDOWS, request.at).allowed) return says(429, 'too many requests')
    if (request.body.length > MAX_BODY_BYTES) return says(413, 'the body is too large')
    const fault = signatureFault(request, secret)
    if (fault !== undefined) return says(401, fault)
    if (request.headers['content-type'] !== 'application/json') return says(415, 'Content-Type is not application/json')
    const delivery = parsed(request.body)
    if (!isDelivery(delivery)) return says(400, `${deliveryFault(delivery)} is missing, wrong or unknown`)
    if (request.headers['inkling-id'] !== delivery.id) return says(400, 'Inkling-Id is not the id of the body')
    take(delivery)
    return says(200, 'success')
  }

  function take(delivery: WebhookDelivery): void {
    if (taken.has(delivery.id)) return
    taken.set(delivery.id, delivery)
    for (const listener of listeners) listener()
  }

  const platform: Platform = {
    answer,
    refusal: (status, retryAfterS) =>
      says(status, 'broken on request', retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) }),
    maxBodyBytes: MAX_BODY_BYTES,
  }
  const standIn = await startStandIn(platform, { port, now })
  return {
    ...standIn,
    hook: standIn.url + PATH,
    deliveries: () => [...taken.values()],
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function says(status: number, message: string, headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify({ message }) }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
