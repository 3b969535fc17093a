import { targetOf } from './link.ts'
import type { Tracker, View } from './view.ts'

/** Counts what is copied from the page. What was copied is never read, and within a field it is the visitor's own text. */
export function trackCopy({ page }: View): Tracker {
  let copies = 0
  page.listen(['copy'], event => {
    // With nothing selected, the keys for copying fire the event all the same, and copy nothing.
    const isCopy = event.isTrusted && getSelection()?.type === 'Range'
    if (isCopy && !targetOf(event)?.matches('input,textarea,[contenteditable],[contenteditable] *')) copies++
  })
  return { totals: () => ({ copies }) }
}
