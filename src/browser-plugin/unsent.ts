/** Summaries that could not be sent, for the next page of this tab; the one thing the plugin ever stores. */

const KEY = 'inkling.unsent'
/** About 80 KB at most: what a visitor may do offline in one go. */
const MAX_UNSENT = 20

export interface UnsentMessage {
  readonly messageId: string
}

/** Keeps the message; of too many the latest. */
export function keepUnsent(message: UnsentMessage): void {
  const kept = JSON.stringify([...takeUnsent(), message].slice(-MAX_UNSENT))
  inStorage(storage => storage.setItem(KEY, kept))
}

/** Returns what was kept, and forgets it. */
export function takeUnsent(): readonly UnsentMessage[] {
  const messages: unknown = inStorage(storage => {
    const kept = storage.getItem(KEY)
    storage.removeItem(KEY)
    return JSON.parse(kept ?? '[]')
  })
  return Array.isArray(messages) ? messages : []
}

function inStorage<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage)
  } catch (_refused) {
    // Full, or closed by the visitor's settings, or not ours: then what could not be sent is lost, as it would be without.
    return undefined
  }
}
