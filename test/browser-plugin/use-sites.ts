import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { openSites, type Sites, type Visit, type VisitOptions } from './site.ts'

export interface SitesInUse {
  /** Visits a site of its own, under a clock that the test moves unless it says otherwise. */
  open(options: VisitOptions): Promise<Page>
  /** The visit that was opened last. */
  readonly visit: Visit
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
      last = await sites.visit({ before: page => page.clock.install(), ...options })
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
