/** Finds out who is meant where a platform names people by its own ids alone. */
import type { AskFailure, Heard, Recipient } from './feedback.ts'

export type LookUp = (platformIds: readonly string[]) => Promise<Found | AskFailure>

export interface Found {
  readonly kind: 'found'
  /** By the platform's id; those it does not know any more are missing. */
  readonly people: ReadonlyMap<string, Recipient>
}

/** Klaviyo shows and HubSpot reads a hundred at a time. */
const IDS_AT_ONCE = 100

/** @returns the same, with the names that were found; or why the platform could not be asked. */
export async function named(
  heard: readonly Heard[],
  lookUp: LookUp,
): Promise<{ readonly kind: 'heard'; readonly heard: readonly Heard[] } | AskFailure> {
  const ids = [...new Set(heard.flatMap(one => namelessId(one) ?? []))]
  const people = new Map<string, Recipient>()
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const found = await lookUp(ids.slice(at, at + IDS_AT_ONCE))
    if (found.kind !== 'found') return found
    for (const [id, recipient] of found.people) people.set(id, recipient)
  }
  return {
    kind: 'heard',
    heard: heard.map(one => {
      const recipient = people.get(namelessId(one) ?? '')
      if (one.kind === 'ignored' || recipient === undefined) return one
      return { kind: 'feedback', feedback: { ...one.feedback, recipient } }
    }),
  }
}

function namelessId(one: Heard): string | undefined {
  if (one.kind === 'ignored') return undefined
  const { email, userId, platformId } = one.feedback.recipient
  return email === undefined && userId === undefined ? platformId : undefined
}
