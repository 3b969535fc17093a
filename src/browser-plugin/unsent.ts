/** Summaries that could not be sent, for the next page of this tab; the one thing the plugin ever stores. */

const KEY = 'inkling.unsent'
/** About 80 KB at most: what a visitor may do offline in one go. */
const MAX_UNSENT = 20

/** Known by its `messageId`, which makes a second copy harmless. */
export type UnsentMessage = object

/** Keeps the message; of too many the latest. */
export function keepUnsent(message: UnsentMessage): void {
  exchange(kept => [...kept, message].slice(-MAX_UNSENT))
}

/** Returns what was kept, and forgets it. */
export function takeUnsent(): readonly UnsentMessage[] {
  return exchange(() => [])
}

function exchange(next: (kept: readonly UnsentMessage[]) => readonly UnsentMessage[]): readonly UnsentMessage[] {
  try {
    const text = sessionStorage.getItem(KEY)
    sessionStorage.removeItem(KEY)
    const kept: readonly UnsentMessage[] = [...JSON.parse(text ?? '[]')]
    const left = next(kept)
    if (left.length > 0) sessionStorage.setItem(KEY, JSON.stringify(left))
    return kept
  } catch (_refused) {
    // Full, or closed by the visitor's settings, or not ours: then what could not be sent is lost, as it would be without.
    return []
  }
}
