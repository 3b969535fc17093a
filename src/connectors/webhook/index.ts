/** Any address that takes JSON: Zapier, Make, code of your own. One signed request for each delivery. */
import type { Connector, Delivery, Outcome } from '../connector.ts'
import { inLanes } from '../lanes.ts'
import { outcomeOf, type RequestDeps, send } from '../request.ts'
import { checkedHook, checkedKey } from '../setting-error.ts'
import { deletionNote, signatureOf, toBody, wordsOf } from './map.ts'
import { FULL_QUEUE, LIMITS, NEEDS, type WebhookSettings } from './settings.ts'

/** @throws {SettingError} when the address or the secret cannot be right. */
export function createWebhook(settings: WebhookSettings, deps: RequestDeps = {}): Connector {
  const hook: Hook = {
    url: checkedHook('WEBHOOK_URL', settings.url),
    secret: checkedKey('WEBHOOK_SECRET', settings.secret),
    deps,
  }
  return {
    name: 'webhook',
    limits: LIMITS,
    needs: NEEDS,
    deliver: batch => inLanes(batch, delivery => deliverOne(hook, delivery)),
  }
}

interface Hook extends WebhookSettings {
  readonly deps: RequestDeps
}

async function deliverOne({ url, secret, deps }: Hook, delivery: Delivery): Promise<Outcome> {
  // Every request names a person by all that is known of them; there is nothing to join.
  if (delivery.kind === 'joining') return { kind: 'rejected', reason: 'a webhook joins nobody' }
  const { now = Date.now } = deps
  const body = toBody(delivery)
  const timestamp = Math.floor(now() / 1000)
  const headers = {
    'Content-Type': 'application/json',
    'Inkling-Id': delivery.id,
    'Inkling-Timestamp': String(timestamp),
    'Inkling-Signature': signatureOf(secret, timestamp, body),
  }
  const reply = await send({ method: 'POST', url, headers, body, answers: 'anything' }, deps)
  const secrets = [secret, url, new URL(url).pathname, ...Object.values(delivery.identifiers)]
  const outcome = outcomeOf(reply, { words: wordsOf, secrets })
  if (outcome.kind === 'delivered' && delivery.kind === 'deletion') return { ...outcome, note: deletionNote(delivery) }
  return outcome.kind === 'rejected' && FULL_QUEUE.test(outcome.reason) ? { ...outcome, kind: 'retry' } : outcome
}
