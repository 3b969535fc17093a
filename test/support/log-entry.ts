/** A request of Segment's webhook as it stands in the log. */
import type { LoggedEntry } from '../../src/destination/intake/log.ts'

/**
 * @param calls - track calls unless they say otherwise; each gets an id of its own.
 * @param receivedAt - epoch ms; when the calls happened, too, unless they say otherwise.
 */
export function webhookEntry(position: number, calls: readonly object[], receivedAt: number): LoggedEntry {
  const batch = calls.map((call, index) => ({
    ...{ type: 'track', messageId: `m${position}.${index}`, timestamp: new Date(receivedAt).toISOString() },
    ...call,
  }))
  return { position, call: 'webhook', receivedAt, body: Buffer.from(JSON.stringify(batch)) }
}
