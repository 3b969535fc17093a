import type { Page } from 'playwright-core'

/**
 * Hides or shows the page. A headless browser never hides a tab of itself, so the two signals of it are given by hand.
 *
 * @returns when, ms by the page's own clock.
 */
export function setVisible(page: Page, visible: boolean): Promise<number> {
  return page.evaluate(
    state => {
      const at = performance.now()
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
      return at
    },
    visible ? 'visible' : 'hidden',
  )
}
