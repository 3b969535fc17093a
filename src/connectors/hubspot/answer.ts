/** What HubSpot's answers say. Pure. */
import { isMembers, membersIn } from '../members.ts'

/** One failure inside an accepted batch. */
export interface Failure {
  /** The inputs it concerns; empty where HubSpot does not say. */
  readonly traces: readonly string[]
  readonly isFinal: boolean
  readonly words: string
}

/** Categories that stay true however often one asks; the others are worth another try. */
const FINAL_CATEGORIES = ['VALIDATION_ERROR', 'CONFLICT', 'OBJECT_NOT_FOUND', 'INVALID_EMAIL', 'DUPLICATE']

/** How long each limit lasts, ms. The daily one ends at the account's midnight, which we do not know. */
const POLICY_WAITS_MS: Readonly<Record<string, number>> = {
  SECONDLY: 1_000,
  TEN_SECONDLY_ROLLING: 10_000,
  DAILY: 3_600_000,
}

/** @returns the platform's own words, with those of the details inside them. */
export function wordsOf(body: unknown): string | undefined {
  if (!isMembers(body) || typeof body.message !== 'string') return undefined
  const details = membersIn(body.errors).flatMap(({ message }) => (typeof message === 'string' ? [message] : []))
  return [readable(body.message), ...details].join('; ')
}

/** @returns what a 429 asks for without a `Retry-After`, ms. */
export function policyWait(body: unknown): number | undefined {
  return isMembers(body) && typeof body.policyName === 'string' ? POLICY_WAITS_MS[body.policyName] : undefined
}

/** How many inputs of a batch were written. */
export function writtenIn(body: unknown): number {
  return isMembers(body) && Array.isArray(body.results) ? body.results.length : 0
}

export function failuresIn(body: unknown): readonly Failure[] {
  if (!isMembers(body)) return []
  return membersIn(body.errors).map(error => {
    const traces = isMembers(error.context) ? error.context.objectWriteTraceId : undefined
    return {
      traces: Array.isArray(traces) ? traces.filter(trace => typeof trace === 'string') : [],
      isFinal: typeof error.category === 'string' && FINAL_CATEGORIES.includes(error.category),
      words: wordsOf(error) ?? 'HubSpot gave no reason',
    }
  })
}

/** A page of event definitions: own name to fully qualified name, and where the next page starts. */
export interface DefinitionPage {
  readonly names: readonly (readonly [string, string])[]
  readonly after: string | undefined
}

export function definitionsIn(body: unknown): DefinitionPage {
  const results = isMembers(body) ? membersIn(body.results) : []
  const paging = isMembers(body) && isMembers(body.paging) && isMembers(body.paging.next) ? body.paging.next : {}
  return {
    names: results.flatMap(({ fullyQualifiedName: full, archived }) =>
      typeof full === 'string' && archived !== true ? [[full.replace(/^pe\d+_/, ''), full] as const] : [],
    ),
    after: typeof paging.after === 'string' ? paging.after : undefined,
  }
}

/** A refusal of properties carries its details as JSON text inside its message: only their words are kept. */
function readable(message: string): string {
  const [, before = '', json = ''] = /^([^[]*)(\[\{.*\}\])$/s.exec(message) ?? []
  try {
    const details = membersIn(json === '' ? [] : JSON.parse(json))
    const words = details.flatMap(({ message: said }) => (typeof said === 'string' ? [said] : []))
    return words.length === 0 ? message : before + words.join('; ')
  } catch (error) {
    if (error instanceof SyntaxError) return message
    throw error
  }
}
