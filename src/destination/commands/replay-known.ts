/** Which of a replay's moments are there already, or may not be written any more: the store and earlier replays know. */
import { existsSync, mkdirSync } from 'node:fs'
import type { EventDelivery } from '../../connectors/connector.ts'
import type { Found } from '../backtest/history.ts'
import { openWritten, type Written } from '../backtest/written.ts'
import { openSqliteReader } from '../store/sqlite-reader.ts'
import type { StoreReader } from '../store/store.ts'
import type { There } from './replay-send-words.ts'

export interface Known {
  /** Absent where the service has not run. */
  readonly store: StoreReader | undefined
  /** Absent where nothing was ever written, and nothing is to be. */
  readonly written: Written | undefined
}

export interface Place {
  readonly dataDir: string
  readonly isDryRun: boolean
  /** Tells one account of a platform from another, and shows none of its secrets. */
  readonly account: string
}

export function openKnown({ dataDir, isDryRun, account }: Place): Known {
  const [store, written] = [`${dataDir}/store.db`, `${dataDir}/replayed.db`]
  if (!isDryRun) mkdirSync(dataDir, { recursive: true })
  return {
    store: existsSync(store) ? openSqliteReader(store) : undefined,
    written: isDryRun && !existsSync(written) ? undefined : openWritten(written, account),
  }
}

type Lanes = Found['lanes']

export function sizeOf(lanes: Lanes): number {
  return lanes.reduce((sum, lane) => sum + lane.length, 0)
}

export interface Left {
  readonly lanes: Lanes
  readonly there: There
  /** Moments of people who were deleted. */
  readonly deleted: number
}

export async function withoutKnown(lanes: Lanes, known: Known): Promise<Left> {
  const there = { delivered: 0, waiting: 0, replayed: 0 }
  const left: (readonly EventDelivery[])[] = []
  let deleted = 0
  for (const lane of lanes) {
    if (await isDeleted(lane, known)) {
      deleted += lane.length
      continue
    }
    const places = lane.map(moment => placeOf(moment, known))
    for (const place of places) if (place !== undefined) there[place] += 1
    const fresh = lane.filter((_, index) => places[index] === undefined)
    if (fresh.length > 0) left.push(fresh)
  }
  return { lanes: left, there, deleted }
}

/** An exported stream may be older than a deletion, and would bring back at the platform whoever was deleted there. */
async function isDeleted([first]: readonly EventDelivery[], { store }: Known): Promise<boolean> {
  if (first === undefined || store === undefined) return false
  const { userId, email } = first.identifiers
  const names = [first.profileId, userId, email].filter(name => name !== undefined)
  const people = await Promise.all(names.map(name => store.person(name)))
  return people.some(person => person?.state.deletedAt !== undefined)
}

function placeOf({ id }: EventDelivery, { store, written }: Known): keyof There | undefined {
  const status = store?.statusOf(id)
  if (status === 'delivered') return 'delivered'
  if (status === 'pending' || status === 'held') return 'waiting'
  return written?.has(id) === true ? 'replayed' : undefined
}
