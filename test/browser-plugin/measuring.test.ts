/** What a real Chromium with the unmodified analytics.js measures and lets Segment know. Only time is faked, by the page's own clock. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { useSites } from './use-sites.ts'
import { setVisible } from './visibility.ts'

const card = (n: number) => `<div data-inkling="card-${n}" style="height:200px;background:#ddd">card</div>`
const tall = (px: number) => `<div style="height:${px}px;background:linear-gradient(red,blue)"></div>`

const { open, visit } = useSites()

/** Moves the pointer onto a point as a hand does, in steps. */
async function moveTo(page: Page, x: number, y: number): Promise<void> {
  await page.mouse.move(x, y, { steps: 8 })
}

/** Hides the page, so that it tells its totals, and returns them. */
async function totals(page: Page) {
  await setVisible(page, false)
  return (await visit.summary(properties => properties.reason === 'hidden')).body.properties
}

test('a hover still going on is told when it reaches three seconds', async () => {
  const page = await open({ body: card(1) + tall(300) })
  await moveTo(page, 100, 100)
  await page.clock.runFor(3100)
  const { properties } = (await visit.summary()).body
  expect(properties).toMatchObject({ reason: 'threshold', sequence: 1, automation: {}, device: { kind: 'desktop' } })
  expect(properties.hovers).toEqual([{ element: 'card-1', ms: expect.any(Number), count: 1 }])
  expect(properties.hovers[0].ms).toBeGreaterThanOrEqual(3000)
  expect(properties.hovers[0].ms).toBeLessThan(3500)
})

test('an element the pointer already rests on when a view begins is hovered from its next movement', async () => {
  const page = await open({ body: card(1) + tall(300) })
  await moveTo(page, 100, 100)
  await page.evaluate(() => history.pushState({}, '', '/next'))
  await moveTo(page, 140, 120)
  await page.clock.runFor(2000)
  const { hovers } = await totals(page)
  expect(hovers).toEqual([{ element: 'card-1', ms: expect.any(Number), count: 1 }])
  expect(hovers[0].ms).toBeGreaterThan(1500)
})

test('elements that scroll beneath a pointer that only trembles are not hovered', async () => {
  const page = await open({ body: [1, 2, 3, 4, 5].map(card).join('') + tall(2000) })
  await moveTo(page, 100, 100)
  await page.clock.runFor(500)
  for (let n = 0; n < 5; n++) {
    await page.mouse.wheel(0, 200)
    await page.waitForFunction(top => window.scrollY >= top, (n + 1) * 200)
    await page.mouse.move(100, 100 + (n % 2))
    await page.clock.runFor(1500)
  }
  const { hovers } = await totals(page)
  expect(hovers.map(({ element }: { element: string }) => element)).toEqual(['card-1'])
  expect(hovers[0].ms).toBeLessThan(1500)
})

test('a parked pointer counts ten seconds', async () => {
  const page = await open({ body: card(1) })
  await moveTo(page, 100, 100)
  await page.clock.runFor(60_000)
  const { hovers } = await totals(page)
  expect(hovers[0].ms).toBeGreaterThanOrEqual(10_000)
  expect(hovers[0].ms).toBeLessThan(10_500)
})

test('moves that a script makes keep no hover alive', async () => {
  const page = await open({ body: card(1) })
  await moveTo(page, 100, 100)
  for (let n = 0; n < 15; n++) {
    await page.clock.runFor(1000)
    await page.evaluate(
      x => {
        const event = new PointerEvent('pointermove', { bubbles: true, clientX: x, clientY: 100 })
        document.querySelector('[data-inkling]')?.dispatchEvent(event)
      },
      100 + 10 * n,
    )
  }
  const { hovers, active_ms } = await totals(page)
  expect(hovers[0].ms).toBeLessThan(10_500)
  expect(active_ms).toBeGreaterThan(14_000)
})

test('taps and drags of a finger are no hover', async () => {
  const body = `<div style="touch-action:none">${card(1)}</div>`
  const page = await open({ body, context: { hasTouch: true, isMobile: true } })
  await page.touchscreen.tap(100, 100)
  await page.clock.runFor(1000)
  const touch = await page.context().newCDPSession(page)
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: 20, y: 50 }] })
  for (let x = 30; x < 200; x += 10) {
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x, y: 50 }] })
    await page.clock.runFor(100)
  }
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await page.clock.runFor(5000)
  const summary = await totals(page)
  expect(summary).toMatchObject({ hovers: [], device: { kind: 'tablet', touch: true } })
  expect(summary.clicks).toMatchObject([{ element: 'card-1' }])
})

test('scrolling past half of the content is told with the share that was seen', async () => {
  const page = await open({ body: tall(3000) })
  await moveTo(page, 100, 100)
  await page.mouse.wheel(0, 1200)
  await page.waitForFunction(() => window.scrollY === 1200)
  await page.clock.runFor(500)
  const { properties } = (await visit.summary()).body
  expect(properties).toMatchObject({ reason: 'threshold', scroll_depth: 0.6, scrollable: true })
})

test('where an inner element scrolls instead of the document, it is the page', async () => {
  const body = `<main style="height:100vh;overflow:auto">${tall(2400)}</main>`
  const page = await open({ body })
  await moveTo(page, 100, 100)
  await page.mouse.wheel(0, 900)
  await page.waitForFunction(() => document.querySelector('main')?.scrollTop === 900)
  await page.clock.runFor(500)
  expect((await visit.summary()).body.properties).toMatchObject({ scroll_depth: 0.62, scrollable: true })
})

test('visible and active time are kept apart, and a hidden page has neither', async () => {
  const page = await open({ body: tall(300) })
  await page.clock.pauseAt(Date.now() + 600_000)
  const before = await measured(page)
  await moveTo(page, 100, 100)
  await page.clock.runFor(50_000)
  await setVisible(page, false)
  const hidden = await visit.summary(({ reason, visible_ms }) => reason === 'hidden' && visible_ms > before)
  expect(hidden.body.properties.visible_ms - before).toBe(50_000)
  expect(hidden.body.properties.active_ms).toBe(30_000)

  await page.clock.runFor(20_000)
  await setVisible(page, true)
  await page.clock.runFor(5000)
  await setVisible(page, false)
  const again = await visit.summary(({ visible_ms }) => visible_ms > hidden.body.properties.visible_ms)
  expect(again.body.properties.visible_ms - before).toBe(55_000)
  expect(again.body.properties.active_ms).toBe(30_000)
})

/** What the page was visible for before its clock stood still, by hiding it for no time at all. */
async function measured(page: Page): Promise<number> {
  await setVisible(page, false)
  await setVisible(page, true)
  return (await visit.summary()).body.properties.visible_ms
}

test('clicks carry names and times; those a script made are not counted', async () => {
  const page = await open({
    body: `<button id="buy">Buy</button><a href="#specs" style="display:block">Specs</a><p>text</p>`,
  })
  await page.click('#buy')
  await page.clock.runFor(2000)
  await page.click('a')
  await page.click('p')
  await page.evaluate(() => document.querySelector<HTMLElement>('#buy')?.click())
  const { clicks, automation } = await totals(page)
  expect(clicks.map(({ element }: { element: string }) => element)).toEqual(['buy', 'link:/'])
  expect(clicks[1].at_ms - clicks[0].at_ms).toBeGreaterThanOrEqual(2000)
  expect(automation).toEqual({})
})

test('a page driven by script alone says so', async () => {
  const page = await open({ body: '<button id="buy">Buy</button>' })
  await page.evaluate(() => document.querySelector<HTMLElement>('#buy')?.click())
  await page.clock.runFor(1000)
  expect((await totals(page)).automation).toEqual({ untrusted: true })
})

test('names carry no e-mail address, no long number and no text', async () => {
  const page = await open({
    body: `<button data-inkling="for jane@example.com">a</button>
      <a id="u-4111 1111 1111 1111" href="/orders/jane%40example.com">b</a>
      <div data-product="1234567890123" id="mug-card">c</div>
      <header><button>x</button><button class="second">Pay jane@example.com</button></header>`,
  })
  for (const selector of ['[data-inkling]', 'a', '[data-product]', '.second']) {
    await page.$eval(selector, element => element.addEventListener('click', event => event.preventDefault()))
    await page.click(selector)
  }
  await page.clock.runFor(1000)
  const { clicks } = await totals(page)
  expect(clicks.map(({ element }: { element: string }) => element)).toEqual([
    'for x',
    'body>a.1',
    'mug-card',
    'header>button.2',
  ])
})

test.for([
  ['the option', { options: { pageType: 'pricing' }, body: '<main data-inkling-page="cart">' }, 'pricing'],
  ['a mark in the page', { body: '<main data-inkling-page="cart">' }, 'cart'],
  ['an Open Graph type', { head: '<meta property="og:type" content="product">', body: '' }, 'product'],
  [
    'a product described for search engines',
    {
      head: '<script type="application/ld+json">{"@context":"https://schema.org","@type": "Product"}</script>',
      body: '',
    },
    'product',
  ],
  [
    'nothing, for a list of products',
    { head: '<script type="application/ld+json">{"@type":"ItemList","x":{"@type":"Product"}}</script>', body: '' },
    undefined,
  ],
] as const)('the page type comes from %s', async ([, site, expected]) => {
  const page = await open(site)
  await page.clock.runFor(1000)
  expect((await totals(page)).page_type).toBe(expected)
})

test('of a few signals just these are told, with the time', async () => {
  const page = await open({ body: `${card(1)}<button>Buy</button>`, fewSignals: true })
  await moveTo(page, 100, 100)
  await page.clock.runFor(2000)
  await page.click('button')
  const summary = await totals(page)
  expect(summary).toMatchObject({ hovers: [{ element: 'card-1' }], scroll_depth: 1, clicks: [], sections: [] })
  expect(summary.active_ms).toBeGreaterThanOrEqual(2000)
  expect(summary).not.toHaveProperty('rage_clicks')
})

test('where Tab brings the focus and it stays for a second, that counts as a hover', async () => {
  const page = await open({ body: '<button id="one">1</button><button id="two">2</button>' })
  await page.keyboard.press('Tab')
  await page.clock.runFor(500)
  await page.keyboard.press('Tab')
  await page.clock.runFor(2000)
  await page.evaluate(() => document.querySelector<HTMLElement>('#one')?.focus())
  const { hovers } = await totals(page)
  expect(hovers).toMatchObject([{ element: 'two', count: 1 }])
})
