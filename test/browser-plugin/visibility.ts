import type { Page } from 'playwright-core'

/** Hides or shows the page. A headless browser never hides a tab of itself, so the two signals of it are given by hand. */
export async function setVisible(page: Page, visible: boolean): Promise<void> {
  await page.evaluate(
    state => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    },
    visible ? 'visible' : 'hidden',
  )
}
