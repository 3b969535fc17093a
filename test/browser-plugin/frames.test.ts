/** What a visitor does in a frame of the same origin, in a real Chromium. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { useSites } from './use-sites.ts'
import { setVisible } from './visibility.ts'

const inner = (name: string) =>
  `<body style='margin:0'><button data-inkling='${name}'>Buy</button><form id='${name}-form'><input name='email'></form>
   <div style='height:3000px'></div></body>`
const BODY = `<iframe srcdoc="${inner('buy')}" style="width:700px;height:580px;border:0"></iframe>`

const { open, visit } = useSites()

async function totals(page: Page) {
  await page.clock.runFor(1000)
  await setVisible(page, false)
  return (await visit.summary(({ reason }) => reason === 'hidden')).body.properties
}

test('in a frame, pointer, clicks, scrolling and forms count for the page where the option says so', async () => {
  const page = await open({ body: BODY, options: { frames: true } })
  const frame = page.frameLocator('iframe')
  await page.mouse.move(10, 8, { steps: 4 })
  await page.mouse.move(24, 12, { steps: 4 })
  await page.clock.runFor(2000)
  await frame.locator('button').click()
  await frame.locator('input').pressSequentially('a')
  await page.mouse.move(300, 300, { steps: 4 })
  await page.mouse.wheel(0, 1000)
  await page.waitForFunction(() => document.querySelector('iframe')?.contentWindow?.scrollY === 1000)
  const summary = await totals(page)
  expect(summary.clicks).toMatchObject([{ element: 'buy' }])
  expect(summary.hovers).toMatchObject([{ element: 'buy' }])
  expect(summary.hovers[0].ms).toBeGreaterThanOrEqual(2000)
  expect(summary.form).toMatchObject({ id: 'buy-form', state: 'started', last_field: 'email' })
  expect(summary.scrollable).toBe(true)
  expect(summary.scroll_depth).toBeCloseTo(0.52, 1)
  expect(summary.automation).toEqual({})
  expect(summary.active_ms).toBeGreaterThan(2000)
})

test('a frame that is led elsewhere goes on counting, once per click', async () => {
  const page = await open({ body: BODY, options: { frames: true } })
  await page.frameLocator('iframe').locator('[data-inkling=buy]').click()
  await page.$eval(
    'iframe',
    (frame, html) => {
      frame.setAttribute('srcdoc', html)
    },
    inner('more'),
  )
  await page.clock.runFor(100)
  await page.frameLocator('iframe').locator('[data-inkling=more]').click()
  const { clicks } = await totals(page)
  expect(clicks.map(({ element }: { element: string }) => element)).toEqual(['buy', 'more'])
})

test('without the option, a frame is left alone', async () => {
  const page = await open({ body: BODY })
  await page.frameLocator('iframe').locator('button').click()
  expect((await totals(page)).clicks).toEqual([])
})
