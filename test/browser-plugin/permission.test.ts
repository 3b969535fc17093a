/** What may be measured, kept and sent, and by which way it goes. */
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { type Collector, openCollector } from '../support/collector.ts'
import { ready } from './site.ts'
import { installClock, useSites } from './use-sites.ts'
import { setVisible } from './visibility.ts'

const card = '<div data-inkling="card" style="height:200px;background:#ddd">card</div>'
const categories = { consent: 'required', consentCategories: ['Analytics'] } as const

const { open, visit } = useSites()

async function openDestination(): Promise<Collector> {
  const destination = await openCollector()
  onTestFinished(() => destination.close())
  return destination
}

async function hover(page: Page, ms: number): Promise<void> {
  await page.mouse.move(100, 100, { steps: 8 })
  await page.clock.runFor(ms)
}

async function prefer(page: Page, Analytics: boolean): Promise<void> {
  await page.evaluate(
    categoryPreferences =>
      window.analytics
        .track('Segment Consent Preference Updated', {}, { context: { consent: { categoryPreferences } } })
        .then(() => undefined),
    { Analytics },
  )
}

const unsent = (page: Page) => page.evaluate(() => ({ ...sessionStorage })['inkling.unsent'])
/** Everything the page stored that analytics.js did not. */
const stored = (page: Page) =>
  page.evaluate(() =>
    [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...document.cookie.split(/;\s*/)].filter(
      key => !/^(ajs|persisted-queue|$)/.test(key),
    ),
  )

test.for([
  ['grantConsent()', { consent: 'required' }, (page: Page) => page.evaluate(() => window.plugin.grantConsent())],
  ['an event that carries it', categories, (page: Page) => prefer(page, true)],
] as const)('where consent is required, nothing is measured or stored before %s', async ([, options, grant]) => {
  const page = await open({ body: card, options })
  await hover(page, 5000)
  await setVisible(page, false)
  await setVisible(page, true)
  await visit.settled()
  expect(visit.summaries()).toEqual([])
  expect(await stored(page)).toEqual([])

  await grant(page)
  await page.mouse.move(140, 100, { steps: 8 })
  await page.clock.runFor(3500)
  const { properties } = (await visit.summary()).body
  expect(properties).toMatchObject({ sequence: 1, hovers: [{ element: 'card', count: 1 }] })
  expect(properties.visible_ms).toBeLessThan(4500)
})

test('a preference that grants only other categories grants nothing', async () => {
  const page = await open({ body: card, options: categories })
  await prefer(page, false)
  await hover(page, 5000)
  await setVisible(page, false)
  await visit.settled()
  expect(visit.summaries()).toEqual([])
})

test.for([
  ['revokeConsent()', {}, (page: Page) => page.evaluate(() => window.plugin.revokeConsent())],
  ['an event that takes it back', { consentCategories: ['Analytics'] }, (page: Page) => prefer(page, false)],
] as const)('after %s nothing more is told and nothing is remembered', async ([, options, revoke]) => {
  const page = await open({ body: card, options })
  await hover(page, 1500)
  await page.evaluate(() => sessionStorage.setItem('inkling.unsent', '[{"messageId":"old"}]'))
  await revoke(page)
  await page.mouse.move(120, 100, { steps: 8 })
  await page.clock.runFor(5000)
  await setVisible(page, false)
  expect(await stored(page)).toEqual([])
  await page.goto(`${new URL(page.url()).origin}/next`)
  await page.mouse.move(1, 1)
  await visit.received(({ path, body }) => path === '/v1/p' && body.context.page.path === '/next')
  expect(visit.summaries().filter(({ body }) => body.context.page.path === '/')).toEqual([])
})

test('consent given again begins a new view', async () => {
  const page = await open({ body: card })
  await hover(page, 1500)
  await page.evaluate(() => {
    window.plugin.revokeConsent()
    window.plugin.grantConsent()
  })
  await page.clock.runFor(1000)
  await page.close({ runBeforeUnload: true })
  const { properties } = (await visit.summary()).body
  expect(properties).toMatchObject({ sequence: 1, hovers: [] })
  expect(properties.visible_ms).toBeLessThan(1500)
})

test('direct transport sends every summary to the destination and none to Segment', async () => {
  const destination = await openDestination()
  const page = await open({
    body: card,
    options: { transport: 'direct', endpoint: `http://${destination.apiHost}` },
  })
  await page.evaluate(() => window.analytics.identify('u-1').then(() => undefined))
  await hover(page, 3500)
  await destination.next(({ body }) => body.properties.reason === 'threshold')
  await page.close({ runBeforeUnload: true })
  const { path, headers, body } = await destination.next(({ body }) => body.properties.reason === 'exit')
  expect({ path, body }).toMatchObject({
    path: '/v1/b',
    body: {
      type: 'track',
      event: 'Engagement Measured',
      messageId: `${body.properties.pageview_id}.2`,
      writeKey: 'wk',
      userId: 'u-1',
      anonymousId: expect.any(String),
      timestamp: expect.any(String),
      context: { page: { path: '/' }, userAgent: expect.any(String) },
    },
  })
  expect(headers['content-type']).toMatch(/^text\/plain/)
  expect(visit.summaries()).toEqual([])
})

test('where consent drops events, nothing goes straight either', async () => {
  const destination = await openDestination()
  const page = await open({
    body: card,
    dropAll: true,
    options: { transport: 'direct', endpoint: `http://${destination.apiHost}` },
  })
  await hover(page, 5000)
  await setVisible(page, false)
  await visit.settled()
  expect(destination.calls).toEqual([])
  expect(await stored(page)).toEqual([])
})

test('what could not be sent is sent by the next page, with its own time and the same id', async () => {
  const page = await open({ body: card })
  await hover(page, 1500)
  await page.context().setOffline(true)
  await setVisible(page, false)
  const kept: { messageId: string; timestamp: string }[] = JSON.parse((await unsent(page)) ?? '[]')
  expect(kept).toHaveLength(1)
  await page.clock.runFor(60_000)
  await page.context().setOffline(false)
  await visit.settled()
  expect(visit.summaries()).toEqual([])
  await page.goto(`${new URL(page.url()).origin}/next`)
  const { body } = await visit.summary(({ reason }) => reason === 'hidden')
  expect(body).toMatchObject({
    ...kept[0],
    properties: { hovers: [{ element: 'card' }] },
    context: { page: { path: '/' } },
  })
  expect(Date.parse(body.sentAt) - Date.parse(body.timestamp)).toBeGreaterThan(50_000)
  expect(await unsent(page)).toBeUndefined()
  expect(await stored(page)).toEqual([])
})

test('what the server is too busy for is kept, what it refuses is not', async () => {
  const page = await open({ body: card })
  for (const [status, kept] of [
    [400, 0],
    [503, 1],
  ] as const) {
    await page.route('**/v1/t', route => route.fulfill({ status, headers: { 'access-control-allow-origin': '*' } }))
    const answered = page.waitForResponse('**/v1/t')
    await setVisible(page, true)
    await page.clock.runFor(1000)
    await setVisible(page, false)
    await answered
    await page.unroute('**/v1/t')
    await visit.settled()
    expect(JSON.parse((await unsent(page)) ?? '[]')).toHaveLength(kept)
  }
})

test('of many unsent summaries the last twenty are kept, each once', async () => {
  const page = await open({ body: card })
  await page.context().setOffline(true)
  for (let n = 0; n < 25; n++) {
    await setVisible(page, true)
    await page.clock.runFor(200)
    await setVisible(page, false)
  }
  const kept: { messageId: string }[] = JSON.parse((await unsent(page)) ?? '[]')
  const numbers = kept.map(({ messageId }) => Number(messageId.split('.')[1]))
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => n + 6))
})

const SPOILS = `
  const refuse = () => { throw new DOMException('no', 'QuotaExceededError') }
  const { setItem } = Storage.prototype
  const spoils = {
    full: () => { Storage.prototype.setItem = function (...args) {
      return this === sessionStorage ? refuse() : setItem.apply(this, args)
    } },
    closed: () => Object.defineProperty(window, 'sessionStorage', { get: refuse }),
    foreign: () => sessionStorage.setItem('inkling.unsent', '{"not":"ours"'),
  }`

test.for([
  ['is full', 'full'],
  ['is closed', 'closed'],
  ['holds something else', 'foreign'],
] as const)('a storage that %s disturbs neither the page nor the measuring', async ([, spoil]) => {
  const errors: Error[] = []
  const page = await open({
    body: card,
    before: async page => {
      page.on('pageerror', error => errors.push(error))
      await installClock(page)
      await page.addInitScript(`{${SPOILS}; spoils.${spoil}() }`)
    },
  })
  await hover(page, 1500)
  await page.context().setOffline(true)
  await setVisible(page, false)
  await page.context().setOffline(false)
  await setVisible(page, true)
  await page.clock.runFor(1000)
  await page.close({ runBeforeUnload: true })
  await visit.summary(({ reason }) => reason === 'exit')
  expect(errors).toEqual([])
})

test('a summary arrives though another script has used up most of what may be in flight', async () => {
  const page = await open({
    body: card,
    before: async page => {
      await installClock(page)
      await page.route('**/hog', () => undefined)
      // Listening before we do, it is first in line.
      await page.addInitScript(() => {
        const hog = () => void navigator.sendBeacon('/hog', 'x'.repeat(60_000))
        if (location.pathname === '/') addEventListener('pagehide', hog, { capture: true })
      })
    },
  })
  await hover(page, 1500)
  await page.goto(`${new URL(page.url()).origin}/next`)
  await ready(page)
  const { body } = await visit.summary(({ reason }) => reason === 'exit')
  expect(body.properties.hovers).toHaveLength(1)
  expect(body.context.page).toMatchObject({ path: '/' })
})
