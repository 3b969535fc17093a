import { openPage, type Page, type Stop } from './page.ts'

export interface CopyTracker {
  /** How often something was copied. */
  totals(): number
  readonly stop: Stop
}

/** Counts what is copied from the page. What was copied is never read, and within a field it is the visitor's own text. */
export function trackCopy(page: Page = openPage()): CopyTracker {
  let copies = 0
  const stop = page.listen(['copy'], event => {
    const [target] = event.composedPath()
    // With nothing selected, the keys for copying fire the event all the same, and copy nothing.
    if (event.isTrusted && getSelection()?.type === 'Range' && !isField(target)) copies += 1
  })
  return { totals: () => copies, stop }
}

function isField(target: EventTarget | undefined): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input,textarea'))
}
