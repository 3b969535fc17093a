import type { LogEvent } from './log-event.ts'
import type { EdgeEvent } from './routes/accept.ts'

/** What of the edge's events an operator reads: an accepted request is no news. */
export function toLogEvent(event: EdgeEvent): LogEvent | undefined {
  switch (event.kind) {
    case 'request accepted':
      return event.rejected > 0 ? { kind: 'messages quarantined', count: event.rejected } : undefined
    case 'request aborted':
      return undefined
    case 'feedback taken':
      return { ...event, by: 'webhook' }
    case 'feedback not read':
      return { ...event, kind: 'feedback failed' }
    case 'request refused':
      return event
    case 'append failed':
    case 'request failed':
      return { kind: event.kind, error: event.error instanceof Error ? event.error.message : String(event.error) }
    default:
      return event satisfies never
  }
}
