/**
 * What a visitor types and what a page says of people never leaves it through us: everything that was sent and everything
 * that was stored is searched, byte by byte, for secrets that are everywhere on the page.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSites, ready, type Sites } from './site.ts'
import { installClock } from './use-sites.ts'
import { setVisible } from './visibility.ts'

/** Words that stand nowhere but in a field or a name. */
const TYPED = ['Zebulon', 'hunter2wxyz', '4929', '8172635', 'kumquat', 'marmalade', '90210', 'topaz']
const MAIL = 'quincy.zander@example.org'
const CARD = '4929 1234 5678 9014'
const TRACES = [...TYPED, 'quincy', 'zander', 'example.org', '5678', '1234567', 'whispered', 'walrus']

const named = (tag: string, name: string, inside = '') =>
  `<${tag} name="${name}" id="${name}" aria-label="${name}" data-product="${name}" title="${name}">${inside}</${tag}>`

const BODY = `<form id="f-${CARD}" name="${MAIL}" action="/orders/${encodeURIComponent(MAIL)}">
    <input name="id" class="k1"><input type="password" name="password" class="k2">
    <input type="email" name="${MAIL}" class="k3"><input type="tel" id="tel-${CARD}" class="k4">
    <input type="number" name="amount" class="k5"><textarea name="${CARD}" class="k6"></textarea>
    <input autocomplete="cc-number" data-inkling="card ${CARD}" class="k7">
    <input autocomplete="one-time-code" name="code" class="k8"><div contenteditable class="k9"></div>
    <select name="who"><option></option><option value="walrus">walrus</option></select>
    <button type="submit">Go</button></form>
  <div data-private><form id="secret-form"><input name="walrus" class="k10"></form></div>
  ${named('button', MAIL, 'whispered to quincy')}${named('button', CARD)}
  <div data-inkling="for ${MAIL}">whispered</div><div data-inkling="${CARD}">whispered</div>
  <a class="link" href="/orders/${encodeURIComponent(CARD)}?mail=${MAIL}">whispered</a>
  <a class="out" href="http://${CARD.replaceAll(' ', '')}.test/${MAIL}">whispered</a>
  <a class="file" href="/files/${encodeURIComponent(MAIL)}.pdf">whispered</a>
  <a class="file" href="/files/${encodeURIComponent(CARD)}.pdf">whispered</a>
  <a class="file" href="/export" download="${CARD}.csv">whispered</a>
  <video id="${MAIL}" src="/${MAIL}.mp4"></video><p class="text">whispered by quincy</p>
  <script>addEventListener('submit', event => event.preventDefault())
    for (const link of document.links) link.addEventListener('click', event => event.preventDefault())</script>`

let sites: Sites
beforeAll(async () => {
  sites = await openSites()
})
afterAll(() => sites.close())

test('of what is typed, copied, named and linked, no trace is sent or stored', async () => {
  const sent: string[] = []
  const visit = await sites.visit({
    body: BODY,
    before: async page => {
      await installClock(page)
      page.on('request', request => {
        if (request.method() === 'POST') sent.push(`${request.url()} ${request.postData()}`)
      })
    },
  })
  const { page } = visit
  const typed = [...TYPED, CARD, 'walrus']
  // What the browser would refuse is not submitted.
  typed[2] = MAIL
  typed[4] = '8172635'
  for (const [n, text] of typed.entries()) await page.locator(`.k${n + 1}`).pressSequentially(text)
  await page.press('select', 'ArrowDown')
  for (const element of await page.locator('button,[data-inkling]:not(input),a').all()) {
    await element.hover()
    await page.clock.runFor(3500)
    await element.click()
  }
  await page.click('.text', { clickCount: 3 })
  await page.keyboard.press('Control+c')
  await page.clock.runFor(20_000)
  await setVisible(page, false)
  const last = (await visit.summary(({ reason }) => reason === 'hidden')).body.properties

  // There was a lot to tell, so that what is missing is missing for its content.
  expect(last.form).toMatchObject({ state: 'submitted', fields_touched: 10 })
  expect(last.copies).toBe(1)
  expect(last.clicks.length).toBeGreaterThan(8)
  expect(last.hovers.length).toBeGreaterThan(5)
  expect(last.downloads).toHaveLength(3)

  await visit.settled()
  const stored = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
  )
  const cookies = JSON.stringify(await page.context().cookies())
  const everything = [...sent, ...visit.calls().map(call => JSON.stringify(call)), stored, cookies].join('\n')
  expect(sent.length).toBeGreaterThan(3)
  expect(TRACES.filter(trace => everything.toLowerCase().includes(trace.toLowerCase()))).toEqual([])
  expect(everything).not.toMatch(/secret-form/)
  await visit.end()
})

/** The address of the page is told by each call of analytics.js itself, so only what we add to ours is searched here. */
test('a page address with a person in it adds nothing to what we measure', async () => {
  const path = `/orders/${encodeURIComponent(CARD)}?mail=${MAIL}`
  const visit = await sites.visit({ body: '<a href="#specs">Specs</a><button>a</button>', path })
  await ready(visit.page)
  await visit.page.click('a')
  await visit.page.click('button')
  await setVisible(visit.page, false)
  const { properties } = (await visit.summary()).body
  expect(properties.clicks).toHaveLength(2)
  expect(TRACES.filter(trace => JSON.stringify(properties).includes(trace))).toEqual([])
  await visit.end()
})
