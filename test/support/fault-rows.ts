/** What becomes of a delivery for each way in which a platform fails: what the faults test tries, and the documents say. */
import type { Fault } from '../../examples/platforms/faults.ts'
import { MEMBERS, type Member } from './fault-world.ts'

/** What Inkling does, when the delivery is tried again, and when it is given up. */
export const OUTCOMES = {
  dead: ['takes it as refused for good', 'never', 'at once, in the words of the platform'],
  retry: ['tries again', 'after 1 s, 2 s, 5 s … 1 h', 'after 36 attempts, 25 to 30 hours'],
  key: ['stops that kind, and looks with one delivery', 'every minute', 'never'],
  asked: ['stops that kind for everybody', 'as soon as the platform allows', 'never'],
  unasked: ['stops that kind for everybody', 'after 1 s, 2 s, 4 s … 1 min', 'never'],
  single: ['finds out whom it is about, and writes everybody else', 'never', 'at once, in the words of the platform'],
  apart: ['writes both', 'never', 'never'],
  taken: ['counts it as delivered', 'never', 'never'],
} as const
/** What may become of a single delivery. */
export type OutcomeName = Exclude<keyof typeof OUTCOMES, 'single' | 'apart'>

export interface Row {
  /** As the documents say it. */
  readonly what: string
  /** How the stand-in fails; nothing listens when there is none. */
  readonly fault: Fault | undefined
  readonly outcome: OutcomeName
  /** Where it is another one, by the name of the platform. */
  readonly but?: Readonly<Record<string, OutcomeName>>
  /** Whether the platform may have done the work all the same. */
  readonly isAmbiguous?: true
}

/** Nothing ever comes, so how short it is does not matter. */
export const IMPATIENT_MS = 200
export const ASKED_S = 7

const status = (code: number): Fault => ({ kind: 'status', status: code })

export const ROWS: readonly Row[] = [
  { what: '400', fault: status(400), outcome: 'dead' },
  { what: '401', fault: status(401), outcome: 'key' },
  { what: '403', fault: status(403), outcome: 'key' },
  { what: '404', fault: status(404), outcome: 'dead' },
  { what: '409', fault: status(409), outcome: 'dead', but: { 'HubSpot events': 'taken' } },
  { what: '413', fault: status(413), outcome: 'dead' },
  { what: '423', fault: status(423), outcome: 'retry' },
  { what: '429 that says how long', fault: { kind: 'throttle', retryAfterS: ASKED_S }, outcome: 'asked' },
  { what: '429 that does not', fault: { kind: 'words', status: 429, body: '{}' }, outcome: 'unasked' },
  { what: '500', fault: status(500), outcome: 'retry', isAmbiguous: true },
  { what: '502 with a web page', fault: { kind: 'html', status: 502 }, outcome: 'retry', isAmbiguous: true },
  { what: '503', fault: status(503), outcome: 'retry', isAmbiguous: true },
  {
    what: '503 that says how long',
    fault: { kind: 'words', status: 503, body: '{}', headers: { 'Retry-After': String(ASKED_S) } },
    outcome: 'asked',
  },
  { what: '504', fault: status(504), outcome: 'retry', isAmbiguous: true },
  { what: '403 with a web page', fault: { kind: 'html', status: 403 }, outcome: 'retry' },
  { what: 'connection refused', fault: undefined, outcome: 'retry' },
  {
    what: 'connection reset in the middle of an answer',
    fault: { kind: 'half-body' },
    outcome: 'retry',
    isAmbiguous: true,
  },
  { what: 'an answer that never ends', fault: { kind: 'slow-loris', ms: 20 }, outcome: 'retry', isAmbiguous: true },
  { what: 'ten minutes of silence', fault: { kind: 'silence', ms: 600_000 }, outcome: 'retry', isAmbiguous: true },
  {
    what: 'broken JSON in a success',
    fault: { kind: 'words', status: 200, body: '{"data":' },
    outcome: 'retry',
    isAmbiguous: true,
  },
]

/** Met by whole batches. */
export const BATCH_ROWS = {
  poison: { what: 'a full batch refused, or taken in part (207, 201), because of one person', outcome: 'single' },
  twice: { what: 'the same address twice in a batch', outcome: 'apart' },
} as const

export function outcomeFor({ outcome, but }: Row, { name }: Member): OutcomeName {
  return but?.[name] ?? outcome
}

/** The table as it stands in the documents: what happens, where, and what becomes of it. */
export function tableOfRows(): readonly (readonly string[])[] {
  const batches = Object.values(BATCH_ROWS).map(({ what, outcome }) => [what, 'everywhere', ...OUTCOMES[outcome]])
  const single = ROWS.flatMap(row => {
    const groups = Map.groupBy(MEMBERS, member => outcomeFor(row, member))
    return [...groups].map(([outcome, members]) => {
      const where = groups.size === 1 ? 'everywhere' : members.map(({ name }) => name).join(', ')
      return [row.what, where, ...OUTCOMES[outcome]]
    })
  })
  return [...single, ...batches]
}
