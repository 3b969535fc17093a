/** Reading answers that nobody has checked. */

export type Members = Readonly<Record<string, unknown>>

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @returns the entries that are objects; none when it is no list. */
export function membersIn(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.filter(isMembers) : []
}
