/** The plugin's direct transport against the service itself: another origin, its own CORS, its own parser. */

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDestination } from '../../src/destination/index.ts'
import { openSites } from '../browser-plugin/site.ts'

test('a summary sent straight reaches the profile of the visitor', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inkling-direct-'))
  const destination = await createDestination({ environment: { DATA_DIR: folder } })
  const server = createServer(destination.handler)
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const sites = await openSites()
  onTestFinished(async () => {
    await sites.close()
    server.closeAllConnections()
    await new Promise(closed => server.close(closed))
    await destination.stop()
    await rm(folder, { recursive: true })
  })
  const bound = server.address()
  const origin = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`
  const visit = await sites.visit({
    body: '<div data-inkling="card" style="height:200px">card</div>',
    options: { transport: 'direct', endpoint: `${origin}/v1` },
    before: page => page.clock.install(),
  })
  onTestFinished(() => visit.end())
  const { page } = visit
  const anonymousId = await page.evaluate(() => window.analytics.user().then(user => user.anonymousId()))
  await page.mouse.move(100, 100, { steps: 8 })
  const answered = page.waitForResponse(`${origin}/v1/b`)
  await page.clock.runFor(3500)
  expect((await answered).status()).toBe(200)
  await expect
    .poll(() => story(`${origin}/api/people/${anonymousId}`), { timeout: 5000 })
    .toContain('Engagement Level Reached')
})

async function story(url: string): Promise<string> {
  return (await fetch(url)).text()
}
