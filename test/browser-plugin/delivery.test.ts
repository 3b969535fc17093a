/** What arrives, when, how often and under which name, from a real Chromium with the unmodified analytics.js. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ready } from './site.ts'
import { installClock, useSites } from './use-sites.ts'
import { setVisible } from './visibility.ts'

const card = '<div data-inkling="card" style="height:200px;background:#ddd">card</div>'

const { open, visit } = useSites()

async function hover(page: Page, ms: number): Promise<void> {
  await page.mouse.move(100, 100, { steps: 8 })
  await page.clock.runFor(ms)
}

test('closing the tab delivers the last totals, over a slow line too', async () => {
  const page = await open({ body: card })
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  await network.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 300,
    downloadThroughput: -1,
    uploadThroughput: -1,
  })
  await hover(page, 1500)
  await page.close({ runBeforeUnload: true })
  const { body, headers } = await visit.summary()
  expect(body).toMatchObject({
    type: 'track',
    writeKey: 'wk',
    anonymousId: expect.any(String),
    userId: null,
    properties: { reason: 'exit', hovers: [{ element: 'card' }] },
    context: { page: { path: '/', title: 'Shop' }, userAgent: expect.any(String), library: { name: 'analytics.js' } },
  })
  expect(body.properties.exit.kind).toMatch(/close|unknown/)
  expect(body.messageId).toBe(`${body.properties.pageview_id}.1`)
  expect(headers['content-type']).toMatch(/^text\/plain/)
  expect(headers.authorization).toBeUndefined()
})

test('a message that asks to outlive the page and is refused goes as a beacon', async () => {
  const page = await open({
    body: card,
    before: async page => {
      await installClock(page)
      // What a page does whose other scripts have used up the bytes that may outlive it.
      await page.addInitScript(() => {
        const real = window.fetch
        window.fetch = (to, init) => (init?.keepalive ? Promise.reject(new TypeError('quota')) : real(to, init))
      })
    },
  })
  await hover(page, 1500)
  await setVisible(page, false)
  const { headers, body } = await visit.summary()
  expect(headers['content-type']).toBe('text/plain;charset=UTF-8')
  expect(body).toMatchObject({ writeKey: 'wk', properties: { reason: 'hidden', exit: { kind: 'hidden' } } })
})

test('following a link delivers the last totals and says that the visitor stayed on the site', async () => {
  const page = await open({ body: `${card}<a href="/next">next</a>` })
  await hover(page, 1500)
  await page.click('a')
  const { properties, context } = (await visit.summary()).body
  expect(properties).toMatchObject({ reason: 'exit', exit: { kind: 'internal' }, hovers: [{ element: 'card' }] })
  expect(context.page.path).toBe('/')
})

test('a link to another site is no abandonment', async () => {
  const page = await open({ body: `${card}<a href="http://localhost:9/">away</a>` })
  await hover(page, 500)
  await page.click('a', { noWaitAfter: true })
  expect((await visit.summary()).body.properties).toMatchObject({ reason: 'exit', exit: { kind: 'outbound' } })
})

test('the user who is known by then is in the exit message', async () => {
  const page = await open({ body: card })
  await page.evaluate(() => window.analytics.identify('u-1').then(() => undefined))
  await hover(page, 500)
  await page.close({ runBeforeUnload: true })
  expect((await visit.summary()).body.userId).toBe('u-1')
})

test('a page that hides and is then closed tells its totals once', async () => {
  const page = await open({ body: card })
  await hover(page, 1500)
  await setVisible(page, false)
  await visit.summary(({ reason }) => reason === 'hidden')
  await page.goto(`${new URL(page.url()).origin}/elsewhere`)
  await ready(page)
  await visit.settled()
  expect(visit.summaries().map(({ body }) => body.properties.reason)).toEqual(['hidden'])
})

test('summaries of one view repeat its totals under ids made of view and sequence', async () => {
  const page = await open({ body: card })
  await hover(page, 3500)
  await visit.summary(({ sequence }) => sequence === 1)
  await page.mouse.move(110, 110, { steps: 4 })
  await page.clock.runFor(5000)
  await visit.summary(({ sequence }) => sequence === 2)
  await page.close({ runBeforeUnload: true })
  await visit.summary(({ sequence }) => sequence === 3)
  const bodies = visit.summaries().map(({ body }) => body)
  const [id] = bodies.map(({ properties }) => properties.pageview_id)
  expect(bodies.map(({ messageId }) => messageId)).toEqual([`${id}.1`, `${id}.2`, `${id}.3`])
  const hovered = bodies.map(({ properties }) => properties.hovers[0].ms)
  expect(hovered).toEqual(hovered.toSorted((a, b) => a - b))
})

test.for([
  ['the Navigation API', false],
  ['the next input, where there is no Navigation API', true],
] as const)('a route change noticed through %s closes one view before the next begins', async ([, old]) => {
  const page = await open({
    body: `<main data-inkling-page="product">${card}</main>`,
    before: async page => {
      await installClock(page)
      if (old) await page.addInitScript(() => Object.defineProperty(window, 'navigation', { value: undefined }))
    },
  })
  await hover(page, 1500)
  await page.evaluate(() => {
    document.title = 'Next'
    document.querySelector('main')?.setAttribute('data-inkling-page', 'cart')
    history.pushState({}, '', '/next')
  })
  await page.mouse.click(300, 500)
  const first = (await visit.summary()).body
  expect(first.properties).toMatchObject({ reason: 'navigation', page_type: 'product', exit: { kind: 'internal' } })
  expect(first.context.page).toMatchObject({ path: '/', title: 'Shop' })

  await page.clock.runFor(2000)
  await page.close({ runBeforeUnload: true })
  const second = (await visit.summary(({ reason }) => reason === 'exit')).body
  expect(second.properties).toMatchObject({ sequence: 1, page_type: 'cart' })
  expect(second.properties.pageview_id).not.toBe(first.properties.pageview_id)
  expect(second.context.page).toMatchObject({ path: '/next', title: 'Next' })
  expect(second.properties.visible_ms).toBeLessThan(4000)
})

test('a page() call names the view its route began, and another one for the same path is a new view', async () => {
  const page = await open({ body: card })
  await page.clock.runFor(1000)
  await page.evaluate(() => {
    history.pushState({}, '', '/next')
    return window.analytics.page('Next', { path: '/named' }).then(() => undefined)
  })
  await page.clock.runFor(1000)
  await page.evaluate(() => window.analytics.page('Again').then(() => undefined))
  await page.clock.runFor(1000)
  await page.close({ runBeforeUnload: true })
  await visit.summary(({ reason }) => reason === 'exit')
  const views = new Set(visit.summaries().map(({ body }) => body.properties.pageview_id))
  expect(views.size).toBe(3)
})

test('the address that a page() call gives is the address of its summaries', async () => {
  const page = await open({ body: card, callsPage: false })
  await page.evaluate(() =>
    window.analytics.page('Home', {}, { context: { page: { path: '/named' } } }).then(() => undefined),
  )
  await hover(page, 4000)
  expect((await visit.summary()).body.context.page).toMatchObject({ path: '/named', title: 'Shop' })
  await page.close({ runBeforeUnload: true })
  expect((await visit.summary(({ reason }) => reason === 'exit')).body.context.page.path).toBe('/named')
})

test('changes of query and hash stay within one view', async () => {
  const page = await open({ body: card })
  await page.clock.runFor(500)
  await page.evaluate(() => {
    history.pushState({}, '', '?tab=2')
    location.hash = 'specs'
  })
  await visit.settled()
  expect(visit.summaries()).toEqual([])
})

test('a page restored from the back/forward cache is a new view', async () => {
  const page = await open({ body: card })
  await hover(page, 1500)
  // This browser keeps no page for the way back, so the two events of it are given by hand.
  await page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  })
  const first = (await visit.summary(({ reason }) => reason === 'exit')).body.properties
  await page.clock.runFor(1000)
  await page.close({ runBeforeUnload: true })
  const second = (await visit.summary(({ pageview_id }) => pageview_id !== first.pageview_id)).body.properties
  expect(second).toMatchObject({ sequence: 1, hovers: [] })
})

test('a page that hides a while after it was left tells nothing more', async () => {
  const page = await open({ body: card })
  await hover(page, 1500)
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')))
  const first = (await visit.summary(({ reason }) => reason === 'exit')).body.properties
  await page.clock.runFor(1000)
  await setVisible(page, false)
  // What was told at the hiding would arrive before the next page view's totals.
  await setVisible(page, true)
  await page.clock.runFor(1000)
  await page.close({ runBeforeUnload: true })
  await visit.summary(({ pageview_id, reason }) => pageview_id !== first.pageview_id && reason === 'exit')
  const ofFirst = visit.summaries().filter(({ body }) => body.properties.pageview_id === first.pageview_id)
  expect(ofFirst.map(({ body }) => body.properties.reason)).toEqual(['exit'])
})

test('however much is crossed, a view costs no more calls than its budget, and the exit comes on top', async () => {
  const many = [1, 2, 3, 4, 5, 6].map(n => `<div data-inkling="card-${n}" style="height:90px">${n}</div>`).join('')
  const page = await open({
    body: many,
    options: { maxCalls: 3, thresholds: { activeMs: [5000, 10_000, 15_000, 80_000] } },
  })
  for (let n = 0; n < 6; n++) {
    await page.mouse.move(100, 45 + 90 * n, { steps: 4 })
    await page.clock.runFor(8000)
    await page.mouse.move(120, 45 + 90 * n, { steps: 4 })
    await page.clock.runFor(12_000)
  }
  await page.close({ runBeforeUnload: true })
  await visit.summary(({ reason }) => reason === 'exit')
  const reasons = visit.summaries().map(({ body }) => body.properties.reason)
  expect(reasons).toEqual(['threshold', 'threshold', 'threshold', 'exit'])
})

test('after a heartbeat of active time the totals are sent though nothing was crossed', async () => {
  const page = await open({ body: card, options: { heartbeatMs: 5000, thresholds: { hoverMs: [] } } })
  await hover(page, 6000)
  expect((await visit.summary()).body.properties).toMatchObject({ reason: 'heartbeat', hovers: [{ element: 'card' }] })
})

test('consent that is stamped on events is carried by the exit message', async () => {
  const page = await open({ body: card, callsPage: false })
  const consent = { categoryPreferences: { Advertising: false, Analytics: true } }
  await page.evaluate(
    given => window.analytics.track('Consented', {}, { context: { consent: given } }).then(() => undefined),
    consent,
  )
  await hover(page, 500)
  await page.close({ runBeforeUnload: true })
  expect((await visit.summary()).body.context.consent).toEqual(consent)
})

test('where consent drops events, nothing goes past the queue either', async () => {
  const page = await open({ body: card, dropAll: true })
  await hover(page, 4000)
  await setVisible(page, false)
  await page.goto(`${new URL(page.url()).origin}/next`)
  await ready(page)
  await visit.settled()
  expect(visit.summaries()).toEqual([])
})

test.for([
  ['nothing is measured', {}, 0],
  ['the option may decide otherwise', { respectGpc: false }, 1],
] as const)('under Global Privacy Control %s', async ([, options, expected]) => {
  const page = await open({
    body: card,
    options,
    before: async page => {
      await installClock(page)
      await page.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }))
    },
  })
  await hover(page, 4000)
  if (expected) await visit.summary()
  await visit.settled()
  expect(visit.summaries()).toHaveLength(expected)
})

test('deregistering stops all measuring', async () => {
  const page = await open({ body: card })
  await page.evaluate(() => window.analytics.deregister('Inkling Engagement').then(() => undefined))
  await hover(page, 4000)
  await setVisible(page, false)
  await visit.settled()
  expect(visit.summaries()).toEqual([])
})

test('five errors of its own stop the plugin, and none reaches the page', async () => {
  const errors: Error[] = []
  const page = await open({
    body: card,
    before: async page => {
      page.on('pageerror', error => errors.push(error))
      await installClock(page)
      await page.addInitScript(() => {
        const broken = () => {
          throw new Error('a page that broke the DOM')
        }
        Object.defineProperty(Element.prototype, 'matches', { value: broken })
      })
    },
  })
  for (let n = 0; n < 8; n++) await page.mouse.move(100, n % 2 ? 100 : 400, { steps: 2 })
  await page.clock.runFor(5000)
  await setVisible(page, false)
  await visit.settled()
  expect(visit.summaries()).toEqual([])
  expect(errors).toEqual([])
})
