/**
 * Loop: who is to be forgotten → what is kept of them is taken away. First the profile, with everything that was decided and
 * written; then, a little at a time, their messages in the log.
 */
import type { MessagesKept } from './backbone.ts'
import type { LogEvent } from './log-event.ts'
import { type Loop, startLoop } from './loop.ts'
import { withoutMessagesOf } from './parse.ts'
import type { Store } from './store/store.ts'

export interface EraseDeps {
  readonly store: Pick<Store, 'nextErasure' | 'keepErasure' | 'endErasure' | 'forget'>
  readonly log: MessagesKept
  /** Epoch ms. */
  readonly now: () => number
  readonly onEvent: (event: LogEvent) => void
}

/** A few milliseconds of reading at a time: whoever sends or waits comes between. */
const ENTRIES_AT_ONCE = 50

/** @returns a loop to wake when somebody was asked to be deleted. */
export function startErase({ store, log, now, onEvent }: EraseDeps): Loop {
  return startLoop({
    name: 'erase',
    onEvent,
    turn: async () => {
      const erasure = await store.nextErasure()
      if (erasure === undefined) return undefined
      const { id, profileId, names, reached, last } = erasure
      // The names are kept until the end, for after a crash they are needed again.
      await store.keepErasure({ id, names, reached })
      await store.forget(profileId, now())
      const entries = reached < last ? await log.read(reached, ENTRIES_AT_ONCE) : []
      for (const entry of entries) {
        if (entry.position > last) break
        const body = withoutMessagesOf(entry, new Set(names))
        if (body !== undefined) await log.rewrite(entry.position, body)
      }
      const next = Math.min(entries.at(-1)?.position ?? last, last)
      if (next < last) {
        await store.keepErasure({ id, names, reached: next })
        return 0
      }
      await log.scrub()
      await store.endErasure(id)
      onEvent({ kind: 'person forgotten', profile: profileId, requests: last })
      return 0
    },
  })
}
