import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { openSites, type Sites, type Visit, type VisitOptions } from './site.ts'

export interface SitesInUse {
  /** Visits a site of its own, under a clock that the test moves unless it says otherwise. */
  open(options: VisitOptions): Promise<Page>
  /** The visit that was opened last. */
  readonly visit: Visit
}

/** The installed clock stamps an event when its stamp is first read, which the browser does before anybody hears of it. */
export async function installClock(page: Page): Promise<void> {
  await page.clock.install()
  await page.addInitScript(() => {
    const types = ['pointerover', 'pointermove', 'pointerout', 'pointerdown', 'pointerup', 'click', 'auxclick']
    for (const type of [...types, 'keydown', 'wheel', 'touchmove', 'scroll', 'focusin', 'focusout', 'input', 'change'])
      addEventListener(type, event => event.timeStamp, { capture: true, passive: true })
  })
}

/** Opens one browser for the tests of a file, and ends each test's visit after it. */
export function useSites(): SitesInUse {
  let sites: Sites
  let last: Visit
  beforeAll(async () => {
    sites = await openSites()
  })
  afterAll(() => sites.close())
  afterEach(() => last.end())

  return {
    async open(options) {
      last = await sites.visit({ before: installClock, ...options })
      return last.page
    },
    visit: {
      get page() {
        return last.page
      },
      summaries: () => last.summaries(),
      calls: () => last.calls(),
      summary: fits => last.summary(fits),
      received: fits => last.received(fits),
      settled: () => last.settled(),
      end: () => last.end(),
    },
  }
}
