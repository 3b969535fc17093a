/** Forms, videos, copies and clicks that go wrong, in a real Chromium with the unmodified analytics.js; only its clock is faked. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { VisitOptions } from './site.ts'
import { useSites } from './use-sites.ts'
import { setVisible } from './visibility.ts'

const { open: openSite, visit } = useSites()

async function open(options: VisitOptions): Promise<Page> {
  const page = await openSite(options)
  // Past the second in which a click is taken to wake the window.
  await page.clock.runFor(1500)
  return page
}

/** Lets everything be judged, then hides the page, so that it tells its totals, and returns them. */
async function totals(page: Page, afterMs = 2500) {
  await page.clock.runFor(afterMs)
  await setVisible(page, false)
  return (await visit.summary(properties => properties.reason === 'hidden')).body.properties
}

const signUp = `<form id="sign-up"><input name="email"><input name="company"><button>Go</button></form>
  <script>document.querySelector('form').addEventListener('submit', event => event.preventDefault())</script>`

test('a form is started by the first thing typed, not by focus', async () => {
  const page = await open({ body: signUp })
  await page.focus('[name=email]')
  await page.clock.runFor(6000)
  await page.focus('[name=company]')
  expect((await totals(page)).form).toBeUndefined()
})

test('a step in a form is told at once, with the name of its last field', async () => {
  const page = await open({ body: signUp })
  await page.locator('[name=email]').pressSequentially('a')
  await page.clock.runFor(100)
  const started = (await visit.summary()).body.properties
  expect(started).toMatchObject({ reason: 'threshold', sequence: 1 })
  expect(started.form).toEqual({ id: 'sign-up', state: 'started', last_field: 'email', fields_touched: 1 })
  await page.locator('[name=company]').pressSequentially('b')
  await page.clock.runFor(3000)
  const engaged = (await visit.summary(({ sequence }) => sequence === 2)).body.properties
  expect(engaged.form).toEqual({ id: 'sign-up', state: 'engaged', last_field: 'company', fields_touched: 2 })
})

test('five seconds in one field are engagement', async () => {
  const page = await open({ body: signUp })
  await page.locator('[name=email]').pressSequentially('a')
  await page.clock.runFor(5000)
  await page.locator('[name=email]').pressSequentially('b')
  expect((await totals(page)).form).toMatchObject({ state: 'engaged', fields_touched: 1 })
})

test('fields that belong to no form are grouped by what holds them, and lone ones are none', async () => {
  const page = await open({
    body: `<input name="lone"><div role="form" id="quote"><textarea name="need"></textarea></div>`,
  })
  await page.locator('[name=lone]').pressSequentially('a')
  await page.locator('[name=need]').pressSequentially('a')
  expect((await totals(page)).form).toMatchObject({ id: 'quote', state: 'started', last_field: 'need' })
})

test('searching the site is no form', async () => {
  const page = await open({ body: `<form role="search"><input name="q"></form><form><input type="search"></form>` })
  await page.locator('[name=q]').pressSequentially('fig')
  await page.locator('[type=search]').pressSequentially('fig')
  expect((await totals(page)).form).toBeUndefined()
})

test('a form under data-private is none', async () => {
  const page = await open({ body: `<div data-private>${signUp}</div>` })
  await page.locator('[name=email]').pressSequentially('a')
  await page.click('button')
  expect((await totals(page)).form).toBeUndefined()
})

test('the form that came furthest is told', async () => {
  const page = await open({ body: `${signUp}<form id="news"><input name="address"></form>` })
  await page.locator('[name=email]').pressSequentially('a')
  await page.locator('[name=company]').pressSequentially('a')
  await page.locator('[name=address]').pressSequentially('a')
  expect((await totals(page)).form).toMatchObject({ id: 'sign-up', state: 'engaged' })
})

test('a submitted form is told as that, when its page answers in place', async () => {
  const page = await open({ body: signUp })
  await page.locator('[name=email]').pressSequentially('a')
  await page.click('button')
  expect((await totals(page)).form).toMatchObject({ state: 'submitted', fields_touched: 1 })
})

test('a form whose submit leaves the page is submitted', async () => {
  const page = await open({ body: `<form id="f" action="/thanks"><input name="email"><button>Go</button></form>` })
  await page.locator('[name=email]').pressSequentially('a')
  await page.click('button')
  expect((await visit.summary(({ reason }) => reason === 'exit')).body.properties.form.state).toBe('submitted')
})

test('a form submitted by script right after a click inside it is submitted', async () => {
  const body = `<form id="f" action="/thanks"><input name="email"><div class="go">Go</div></form>
    <script>document.querySelector('.go').onclick = () => document.querySelector('form').submit()</script>`
  const page = await open({ body })
  await page.locator('[name=email]').pressSequentially('a')
  await page.click('.go')
  expect((await visit.summary(({ reason }) => reason === 'exit')).body.properties.form.state).toBe('submitted')
})

test('a field clicked and filled in right before the page is left submits nothing', async () => {
  const page = await open({ body: `<form id="f"><input name="email"><input name="phone"></form>` })
  await page.locator('[name=email]').pressSequentially('a')
  await page.click('[name=phone]')
  await page.keyboard.type('5')
  await page.evaluate(() => location.assign('/elsewhere'))
  expect((await visit.summary(({ reason }) => reason === 'exit')).body.properties.form.state).toBe('engaged')
})

test.for([
  [
    'the browser finds invalid',
    '<form id="f"><input name="email"><input name="name" required><button>Go</button></form>',
  ],
  [
    'nobody checks though it is invalid',
    '<form id="f" novalidate><input name="email"><input name="name" required><button>Go</button></form>',
  ],
  ['the page marks as invalid', `<form id="f"><input name="email"><button>Go</button></form>`],
] as const)('a form that %s is not submitted', async ([, form]) => {
  const body = `${form}<script>document.querySelector('form').addEventListener('submit', event => {
    event.preventDefault()
    event.target[0].setAttribute('aria-invalid', 'true')
  })</script>`
  const page = await open({ body })
  await page.locator('[name=email]').pressSequentially('a')
  await page.click('button')
  expect((await totals(page)).form).toMatchObject({ state: 'started' })
})

const spa = (after: number) => `<div role="form" id="quote"><input name="need"><button type="submit">Send</button>
  <button type="button" class="other">Details</button></div>
  <script>document.querySelector('[type=submit]').onclick = send
  document.querySelector('input').onkeydown = event => { if (event.key === 'Enter') send() }
  function send() { setTimeout(() => document.querySelector('#quote')?.remove(), ${after}) }</script>`

test.for(['click', 'Enter'] as const)('a group of fields that goes away after a %s was submitted', async how => {
  const page = await open({ body: spa(2500) })
  await page.locator('[name=need]').pressSequentially('a')
  await (how === 'click' ? page.click('[type=submit]') : page.press('[name=need]', 'Enter'))
  expect((await totals(page, 6000)).form).toMatchObject({ state: 'submitted' })
})

test('submitting a form that nobody filled in is none', async () => {
  const page = await open({ body: signUp })
  await page.focus('[name=email]')
  await page.click('button')
  expect((await totals(page)).form).toBeUndefined()
})

test('a group of fields that stays after a click was not submitted', async () => {
  const page = await open({ body: spa(60_000) })
  await page.locator('[name=need]').pressSequentially('a')
  await page.click('[type=submit]')
  expect((await totals(page, 6000)).form).toMatchObject({ state: 'started' })
})

test('what the browser filled in is told as that and never as typing', async () => {
  const page = await open({ body: signUp })
  // No page can ask the browser to fill it in: its mark on the field is given by hand, the text comes as the browser sends it.
  await page.$eval('[name=email]', field => {
    const { matches } = field
    const value = (selector: string) => selector.includes('autofill') || matches.call(field, selector)
    Object.defineProperty(field, 'matches', { value })
  })
  await page.focus('[name=email]')
  await page.keyboard.insertText('jane@example.com')
  expect((await totals(page)).form).toEqual({ id: 'sign-up', state: 'viewed', autofilled: true, fields_touched: 0 })
})

test('copies of the page are counted, copies from fields are not', async () => {
  const page = await open({ body: `<p>a code worth keeping</p><input value="typed"><div contenteditable>typed</div>` })
  await page.keyboard.press('Control+c')
  await page.click('p', { clickCount: 3 })
  await page.keyboard.press('Control+c')
  await page.keyboard.press('Control+c')
  for (const field of ['input', '[contenteditable]']) {
    await page.click(field, { clickCount: 3 })
    await page.keyboard.press('Control+c')
  }
  expect((await totals(page)).copies).toBe(2)
})

/** Clicks in one place as fast as a finger does. */
async function hammer(page: Page, selector: string, times: number): Promise<void> {
  const box = await page.locator(selector).boundingBox()
  if (!box) throw new Error(`${selector} is not in view`)
  await page.mouse.move(box.x + 5, box.y + 5, { steps: 5 })
  for (let n = 0; n < times; n++) {
    await page.mouse.down({ clickCount: n + 1 })
    await page.mouse.up({ clickCount: n + 1 })
    await page.clock.runFor(120 + 13 * (n % 3))
  }
}

test('hammering on a button is one burst of rage', async () => {
  const page = await open({ body: '<button>Buy</button>' })
  await hammer(page, 'button', 9)
  expect((await totals(page)).rage_clicks).toBe(1)
})

test.for([
  ['three clicks that select a paragraph', '<p class="t">text to select</p>', 3],
  ['more clicks that select a paragraph', '<p class="t">text to select</p>', 6],
  ['a stepper of buttons', '<div><button class="t">+</button><input type="number"></div>', 10],
  ['the browser’s own stepper', '<input class="t" type="number">', 10],
  ['a button that says it steps', '<button class="t" aria-label="Next picture">›</button>', 10],
  ['a canvas', '<canvas class="t"></canvas>', 10],
] as const)('%s: no rage', async ([, body, times]) => {
  const page = await open({ body })
  await hammer(page, '.t', times)
  expect((await totals(page)).rage_clicks).toBe(0)
})

const clock = `<p id="clock">0</p><script>setInterval(() => clock.textContent = String(performance.now()), 1000)</script>`

test('a dead button on a page with a ticking clock is dead', async () => {
  const page = await open({ body: `${clock}<button>Buy</button>` })
  await page.click('button')
  expect((await totals(page)).dead_clicks).toBe(1)
})

test('what looks clickable by its pointer alone can be dead; text cannot', async () => {
  const page = await open({ body: `<div style="cursor:pointer">Buy</div><p>text</p>` })
  await page.click('p')
  await page.clock.runFor(2500)
  await page.click('div')
  expect((await totals(page)).dead_clicks).toBe(1)
})

test.for([
  ['changes the page', `<button onclick="document.body.append(document.createElement('hr'))">a</button>`],
  ['changes it a second later', `<button onclick="setTimeout(() => document.body.className = 'x', 1500)">a</button>`],
  ['changes one text', `${clock}<b>0</b><button onclick="document.querySelector('b').textContent = '1'">a</button>`],
  [
    'scrolls',
    `<button onclick="window.scrollTo(0, 500)">a</button><div style="height:3000px"></div>
    <script>onscroll = () => { window.scrolled = true }</script>`,
  ],
  ['is a link that opens a tab', `<a class="c" href="/tab" target="_blank">a</a>`],
  ['moves the focus', `<input><button onclick="document.querySelector('input').focus()">a</button>`],
  ['unfolds', `<details><summary class="c">a</summary>b</details>`],
  ['is a canvas', `<canvas class="c" style="cursor:pointer"></canvas>`],
  ['checks a box', `<label class="c" style="cursor:pointer"><input type="checkbox">a</label>`],
] as const)('a click on what %s is not dead', async ([, body]) => {
  const page = await open({ body })
  await page.click('button,.c')
  // The browser scrolls in its own time, which is not faked.
  if (body.includes('scrollTo')) await page.waitForFunction(() => 'scrolled' in window)
  expect((await totals(page)).dead_clicks).toBe(0)
})

test('a click that opens a tab is not dead', async () => {
  const page = await open({ body: `<button onclick="window.open('about:blank')">a</button>` })
  await page.click('button')
  // A headless browser leaves the page in view behind the new tab.
  await setVisible(page, false)
  await setVisible(page, true)
  await page.clock.runFor(2500)
  await setVisible(page, false)
  expect((await visit.summary(({ sequence }) => sequence === 2)).body.properties.dead_clicks).toBe(0)
})

test('a click that wakes the window is not judged', async () => {
  const page = await open({ body: `<button>Buy</button>` })
  await page.evaluate(() => window.dispatchEvent(new FocusEvent('focus')))
  await page.click('button')
  expect((await totals(page)).dead_clicks).toBe(0)
})

test('links to other hosts count as outbound wherever they open, and files as downloads, told at once', async () => {
  const body = `<a id="out" href="http://elsewhere.test/" target="_blank">a</a><a id="mail" href="mailto:x">m</a>
    <a id="in" href="#here">b</a><a id="file" href="/files/price%20list.pdf?u=jane@example.com">c</a>
    <a id="named" href="/export" download="for jane@example.com.csv">d</a>
    <script>for (const link of document.links) link.addEventListener('click', event => event.preventDefault())
    addEventListener('auxclick', event => event.preventDefault())</script>`
  const page = await open({ body })
  await page.click('#out', { button: 'middle' })
  for (const id of ['out', 'mail', 'in', 'file']) await page.click(`#${id}`)
  await page.clock.runFor(100)
  expect((await visit.summary()).body.properties).toMatchObject({ reason: 'threshold', outbound_clicks: 3 })
  await page.click('#named')
  const { outbound_clicks, downloads } = await totals(page)
  expect(outbound_clicks).toBe(3)
  expect(downloads.map(({ file }: { file: string }) => file)).toEqual(['price%20list.pdf', 'for x'])
})

test('clicks and keys in a strict rhythm are noticed, and a held key is none', async () => {
  const page = await open({ body: '<p>text</p>' })
  await page.clock.pauseAt(Date.now() + 600_000)
  await page.keyboard.down('ArrowDown')
  for (let n = 0; n < 12; n++) await page.keyboard.down('ArrowDown')
  await page.clock.runFor(100)
  await setVisible(page, false)
  expect((await visit.summary(({ sequence }) => sequence === 1)).body.properties.automation).toEqual({})
  await setVisible(page, true)
  for (let n = 0; n < 24; n++) {
    await page.clock.runFor(200)
    await page.keyboard.press('a')
  }
  await setVisible(page, false)
  expect((await visit.summary(({ sequence }) => sequence === 2)).body.properties.automation).toEqual({
    metronome: true,
  })
})

const inRoot = (inner: string) => `<div id="card"></div><script>
  const root = document.getElementById('card').attachShadow({ mode: 'open' })
  root.innerHTML = ${JSON.stringify(inner)}
</script>`

test('a form in a shadow root is followed to its submission, each step once', async () => {
  const form = '<form id="sign-up"><input name="email"><input name="company"><button>Go</button></form>'
  const body = `${inRoot(form)}<script>root.firstChild.addEventListener('submit', event => event.preventDefault())</script>`
  const page = await open({ body })
  await page.locator('[name=email]').pressSequentially('a')
  await page.locator('[name=company]').pressSequentially('b')
  await page.locator('button').click()
  expect((await totals(page)).form).toEqual({
    id: 'sign-up',
    state: 'submitted',
    last_field: 'company',
    fields_touched: 2,
  })
})

test('in a shadow root, a click that nothing answers there is dead, and one that is answered there is not', async () => {
  const page = await open({
    body: `${inRoot('<button id="dead">?</button><button id="live">?</button>')}
      <script>root.lastChild.onclick = () => root.append(document.createElement('p'))</script>`,
  })
  await page.click('#live')
  await page.clock.runFor(2500)
  await page.click('#dead')
  expect(await totals(page)).toMatchObject({ dead_clicks: 1, clicks: [{ element: 'live' }, { element: 'dead' }] })
})

test('a copy from a shadow root counts once', async () => {
  const page = await open({ body: inRoot('<p id="text">One two three</p>') })
  await page.click('#text', { clickCount: 3 })
  await page.keyboard.press('ControlOrMeta+C')
  expect((await totals(page)).copies).toBe(1)
})
