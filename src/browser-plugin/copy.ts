import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

/** Counts what is copied from the page. What was copied is never read, and within a field it is the visitor's own text. */
export function trackCopy(_view: View): Measures<'copies'> {
  let copies = 0
  return {
    totals: () => ({ copies }),
    now: {
      copy(_event, _at, path) {
        const [target] = path as [HTMLElement]
        // With nothing selected, the keys for copying fire the event all the same, and copy nothing.
        if (getSelection()?.type === 'Range' && !target.isContentEditable && !target.matches('input,textarea')) copies++
      },
    },
  }
}
