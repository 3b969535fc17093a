/**
 * What the service stands on: where requests become durable, where decisions are kept, and who decides. One machine has it in
 * files (`embedded.ts`), several have it in Kafka and Postgres (`scaled.ts`); everything else is the same.
 */
import type { Quarantine } from './dead-letters.ts'
import type { Grip } from './delivery/grip.ts'
import type { IngestDeps, Ingested } from './ingest.ts'
import type { LogEntry, Quarantined } from './intake/log.ts'
import type { LogEvent } from './log-event.ts'
import type { ParsedMessages } from './parse.ts'
import type { SharedStore, Store } from './store/store.ts'

export interface Backbone {
  readonly store: SharedStore & Pick<Store, 'load'>
  readonly quarantine: Quarantine
  /**
   * Makes a request durable. Rejects when it is refused; then nothing of it counts.
   *
   * @param read - what was read from it already, and the body as JSON.
   */
  append(entry: LogEntry, quarantined: readonly Quarantined[], read?: ReadRequest): Promise<void>
  /** What is durable and not decided on yet, and whether that is too much to take more. */
  backlog(): { readonly entries: number; readonly overloaded: boolean }
  /** Whether so much is read and not decided on that reading more can wait. */
  isReadAhead(): boolean
  /** What refuses requests, when they are refused. */
  readonly weakest: 'disk' | 'kafka'
  measures(): Promise<Measures>
  /** Starts deciding. */
  decide(deps: DecideDeps): Promise<Running>
  /** Starts what only one process may do at a time, once this is the one; and again, when it is it again. */
  alone(start: () => readonly Stoppable[]): Running
  /** Lets go of requests that came before a time. @returns how many went. */
  letGo(asked: { readonly before: number; readonly mostBytes: number; readonly limit: number }): Promise<number>
  readonly messages: MessagesKept
  /** What of a platform's limits this process may use, 0–1. */
  share(): number
  /** @returns a grip on what is leased from now on; absent: nothing is ever lost. */
  readonly grip?: () => Grip
  close(): Promise<void>
}

export interface ReadRequest {
  readonly messages: ParsedMessages
  readonly value: unknown
}

/** The requests that are kept, as far as they can be changed. */
export interface MessagesKept {
  /** @returns up to `limit` after a position; none where they cannot be changed. */
  read(position: number, limit: number): Promise<readonly (LogEntry & { readonly position: number })[]>
  rewrite(position: number, body: Uint8Array): Promise<void>
  /** Nothing of what was rewritten before is on disk when it settles. */
  scrub(): Promise<void>
}

/** Absent: nobody can say. */
export interface Measures {
  readonly logBytes?: number
  readonly storeBytes?: number
  readonly diskFreeBytes?: number
  readonly quarantined: number
  /** Of the partitions that this process reads, how many messages are not decided on. */
  readonly lags?: ReadonlyMap<number, number>
}

export interface DecideDeps extends Omit<IngestDeps, 'store'> {
  /** Epoch ms. */
  readonly now: () => number
  /** Called after every commit. */
  readonly onIngested: (ingested: Ingested) => void
  readonly onEvent: (event: LogEvent) => void
}

export interface Stoppable {
  stop(): Promise<void>
  wake(): void
}

export type Running = Stoppable
