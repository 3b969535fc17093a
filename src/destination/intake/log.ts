/**
 * The log: every accepted request, in order, durable before it is answered. The contract SQLite fulfils on one machine
 * and Kafka in many.
 */

/**
 * Which shape a logged body has, so that it can be parsed again exactly as it was at the edge. `read_back` comes from no
 * edge: it is what the service itself has read at a platform.
 */
export const CALLS = [
  'webhook',
  'signed_batch',
  'batch',
  'track',
  'identify',
  'page',
  'screen',
  'group',
  'alias',
  'read_back',
] as const
export type Call = (typeof CALLS)[number]

/** A message refused after authentication: kept, never acted on. */
export interface Quarantined {
  /** Its place in the request, from 0. */
  readonly index: number
  readonly messageId?: string
  /** What was wrong, where, and what was expected. */
  readonly reason: string
}

export interface LogEntry {
  readonly call: Call
  /** Epoch ms on our clock. */
  readonly receivedAt: number
  /** The request body exactly as it came. */
  readonly body: Uint8Array
}

export interface LoggedEntry extends LogEntry {
  /** 1, 2, 3…: the order in which entries became durable; of several partitions, each counts by itself. */
  readonly position: number
  /** Absent where the log has no partitions. */
  readonly partition?: number
}

export interface Log {
  /**
   * Makes an entry durable, together with the messages of it that were refused.
   *
   * @returns its position, once it would survive a power cut. Rejects when the disk refuses; then nothing is kept.
   */
  append(entry: LogEntry, quarantined: readonly Quarantined[]): Promise<number>
  /** @returns up to `limit` entries after `position`, oldest first. */
  read(position: number, limit: number): Promise<readonly LoggedEntry[]>
  /** @returns the last durable position, 0 when empty. */
  head(): number
  close(): void | Promise<void>
}

/** Where requests are made durable: whoever writes to it does not ask where they stand. */
export interface Append {
  append(entry: LogEntry, quarantined: readonly Quarantined[]): Promise<unknown>
}

/** The log as somebody sees it who only reads it again: what a replay opens. */
export interface LogReader extends Pick<Log, 'read' | 'head'> {
  close(): void
}
