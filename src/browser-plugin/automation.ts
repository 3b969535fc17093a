import { openPage, type Page, type Stop, together } from './page.ts'
import type { AutomationFlags } from './signals.ts'

export interface AutomationTracker {
  totals(): AutomationFlags
  readonly stop: Stop
}

/**
 * Notices signs that a program drives the page. They are reported, and nothing is left out because of them: what they are
 * worth is the service's judgement, and assistive technology may look odd without being a program.
 */
export function trackAutomation(driven: boolean = navigator.webdriver, page: Page = openPage()): AutomationTracker {
  let trusted = false
  let untrusted = false
  const stop = together(
    page.onInput(() => {
      trusted = true
    }),
    page.onClick(click => {
      if (click.trusted) trusted = true
      else untrusted = true
    }),
  )
  return {
    totals: () => ({ ...(driven && { webdriver: true }), ...(untrusted && !trusted && { untrusted: true }) }),
    stop,
  }
}
