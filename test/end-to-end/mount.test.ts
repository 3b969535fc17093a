/** The example of an app that Inkling is mounted in, as its own process: its routes, and the real analytics.js through ours. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { openChromium } from '../support/chromium.ts'

async function startShop(): Promise<{ readonly url: string; stop(): Promise<number | null> }> {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-shop-'))
  const child = spawn(process.execPath, ['examples/mount/server.ts'], {
    env: { PORT: '0', DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    return child.exitCode
  }
  onTestFinished(async () => {
    await stop()
    rmSync(folder, { recursive: true })
  })
  for await (const url of createInterface(child.stdout)) return { url, stop }
  throw new Error('the shop ended before it listened')
}

test('the shop answers as before, takes the visits of its pages, and stops with all of it', async () => {
  const shop = await startShop()
  const ordered = await fetch(`${shop.url}/orders`, {
    method: 'POST',
    body: '{"product":"fig"}',
    headers: { 'content-type': 'application/json' },
  })
  expect([ordered.status, await ordered.json()]).toEqual([201, { ordered: 'fig' }])

  const { browser, close } = await openChromium({ asVisitor: true })
  onTestFinished(close)
  const page = await browser.newPage()
  await page.goto(shop.url)
  await page.addScriptTag({ path: 'node_modules/@segment/analytics-next/dist/umd/index.js' })
  await page.addScriptTag({ path: 'dist/inkling.js' })
  const taken = page.waitForResponse(answer => answer.url().startsWith(`${shop.url}/inkling/v1/p`))
  await page.addScriptTag({ content: LOAD })
  expect((await taken).status()).toBe(200)
  expect(await page.textContent('h1')).toBe('Plants')

  const anonymousId = await page.evaluate(() => window.analytics.user().then(user => user.anonymousId()))
  const person = () => fetch(`${shop.url}/inkling/api/people/${anonymousId}`)
  await expect.poll(async () => (await person()).status, { timeout: 10_000 }).toBe(200)
  await page.close()
  expect(await shop.stop()).toBe(0)
})

const LOAD = `
  window.analytics = AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: 'web', cdnURL: location.origin + '/inkling', plugins: [inkling.engagement()] })
  analytics.page()`
