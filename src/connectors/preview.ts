/** The built-in connector: shows what would be written and sends nothing anywhere. */
import type { Connector, Delivery, IdentifierKind } from './connector.ts'

export interface PreviewDeps {
  /** Told of each delivery, in order. Default: nobody. */
  readonly onWrite?: (delivery: Delivery) => void
}

const ANY_IDENTIFIER: readonly IdentifierKind[] = ['email', 'phone', 'userId', 'anonymousId']

/** Nothing to wait for, so only as many as are shown in one go. */
const LIMITS: Connector['limits'] = {
  concurrency: 1,
  routes: [{ kinds: ['event', 'deletion', 'traits'], path: '/', batchSize: 100, batchBytes: 1_000_000, windows: [] }],
}

export function createPreview({ onWrite }: PreviewDeps = {}): Connector {
  return {
    name: 'preview',
    limits: LIMITS,
    needs: { traits: ANY_IDENTIFIER, event: ANY_IDENTIFIER },
    deliver: async batch =>
      batch.map(delivery => {
        onWrite?.(delivery)
        return { kind: 'delivered' }
      }),
  }
}
