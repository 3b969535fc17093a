/** Messages that were refused, with the request they came in, for an operator. */
import { CALLS, type Call, type Quarantined } from '../../intake/log.ts'
import { type Database, openDatabase, type Session } from './pool.ts'

/** A refused message of the topic. */
export interface Refused extends Quarantined {
  readonly partition: number
  readonly position: number
  readonly call: Call
  /** Epoch ms. */
  readonly receivedAt: number
  /** The message as a request of its own. */
  readonly body: Uint8Array
}

export interface QuarantineStore {
  /** Nothing happens to those that are there already. */
  keepRefused(refused: readonly Refused[]): Promise<void>
  /** @returns up to `limit`, newest first. */
  refused(limit: number): Promise<readonly Refused[]>
  release(place: Pick<Refused, 'partition' | 'position' | 'index'>): Promise<void>
  countRefused(): Promise<number>
}

export function createQuarantine(database: Database): QuarantineStore {
  return {
    keepRefused: refused => keepRefused(database, refused),
    refused: async limit => {
      const { rows } = await database.query(
        'select * from inkling.quarantine order by received_at desc, partition, position desc, message_index limit $1',
        [limit],
      )
      return rows.map(row => ({
        partition: Number(row['partition']),
        position: Number(row['position']),
        index: Number(row['message_index']),
        ...(row['message_id'] !== null && { messageId: String(row['message_id']) }),
        reason: String(row['reason']),
        call: CALLS.find(call => call === row['call']) ?? 'webhook',
        receivedAt: Number(row['received_at']),
        body: row['body'] instanceof Uint8Array ? row['body'] : new Uint8Array(),
      }))
    },
    release: async ({ partition, position, index }) =>
      void (await database.query(
        'delete from inkling.quarantine where partition = $1 and position = $2 and message_index = $3',
        [partition, position, index],
      )),
    countRefused: async () => {
      const { rows } = await database.query('select count(*) as n from inkling.quarantine')
      return Number(rows[0]?.['n'])
    },
  }
}

/** As `keepRefused`, by somebody who has no store open. */
export async function keepRefusedAt(url: string, refused: readonly Refused[]): Promise<void> {
  const database = openDatabase(url)
  try {
    await database.transaction(session => keepRefused(session, refused))
  } finally {
    await database.close()
  }
}

async function keepRefused(session: Session, refused: readonly Refused[]): Promise<void> {
  for (const { partition, position, index, messageId, reason, call, receivedAt, body } of refused)
    await session.query(
      `insert into inkling.quarantine (partition, position, message_index, message_id, reason, call, received_at, body)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
      [partition, position, index, messageId ?? null, reason, call, receivedAt, body],
    )
}
