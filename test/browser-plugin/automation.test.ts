import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSites, type Sites } from './site.ts'

let sites: Sites
beforeAll(async () => {
  sites = await openSites({ asVisitor: false })
})
afterAll(() => sites.close())

test('a browser that says it is driven by a program is flagged, and its summary is sent all the same', async () => {
  const visit = await sites.visit({ body: '<p>hello</p>' })
  await visit.page.waitForFunction(() => performance.now() > 200)
  await visit.page.close({ runBeforeUnload: true })
  expect((await visit.summary()).body.properties.automation).toEqual({ webdriver: true })
  await visit.end()
})
