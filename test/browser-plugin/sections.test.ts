/** How long parts of the page were looked at, and what stands in shadow roots, in a real Chromium. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { VisitOptions } from './site.ts'
import { installClock, useSites } from './use-sites.ts'
import { setVisible } from './visibility.ts'

const part = (name: string, px = 600) =>
  `<section data-inkling-section="${name}" style="height:${px}px">${name}</section>`

const { open: openSite, visit } = useSites()

async function open(options: VisitOptions): Promise<Page> {
  const page = await openSite(options)
  await painted(page)
  return page
}

/** The observer speaks after a frame was painted, whatever the page's own clock says. */
async function painted(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>(resolve => {
        const probe = document.body.appendChild(document.createElement('div'))
        const observer = new IntersectionObserver(() => {
          observer.disconnect()
          probe.remove()
          resolve()
        })
        observer.observe(probe)
      }),
  )
}

async function scrollTo(page: Page, top: number): Promise<void> {
  await page.evaluate(to => window.scrollTo(0, to), top)
  await painted(page)
  await painted(page)
}

async function sections(page: Page) {
  await setVisible(page, false)
  const { properties } = (await visit.summary(({ reason }) => reason === 'hidden')).body
  const all: readonly { readonly id: string; readonly visible_ms: number }[] = properties.sections
  return new Map(all.map(({ id, visible_ms }) => [id, visible_ms]))
}

test('a section counts while half of it is in view', async () => {
  const page = await open({ body: part('hero') + part('specs') + part('reviews') })
  await page.clock.pauseAt(Date.now() + 600_000)
  await scrollTo(page, 600)
  await page.clock.runFor(1000)
  await page.mouse.move(100, 100, { steps: 4 })
  await page.clock.runFor(3000)
  await scrollTo(page, 700)
  await page.clock.runFor(2000)
  await scrollTo(page, 1200)
  await page.clock.runFor(4000)
  const seen = await sections(page)
  expect([seen.get('specs'), seen.get('reviews')]).toEqual([5000, 4000])
  expect([...seen.keys()][0]).not.toBe('reviews')
})

test('a section taller than the window counts while it fills half of the window', async () => {
  const page = await open({ body: part('hero') + part('article', 6000) + part('footer') })
  await scrollTo(page, 3000)
  await page.mouse.move(100, 100, { steps: 4 })
  await page.clock.runFor(5000)
  expect((await sections(page)).get('article')).toBeGreaterThanOrEqual(5000)
})

test('a section stops counting when the visitor goes idle, and while the page is hidden', async () => {
  const page = await open({ body: part('hero') })
  await page.mouse.move(100, 100, { steps: 4 })
  await page.clock.runFor(120_000)
  const seen = (await sections(page)).get('hero') ?? 0
  expect(seen).toBeGreaterThanOrEqual(30_000)
  expect(seen).toBeLessThan(33_000)
})

test('a removed section is closed, one that is added is found where sections are configured, and copies count once', async () => {
  const page = await open({ body: part('old', 250), options: { sections: '.feature' } })
  await page.mouse.move(100, 100, { steps: 4 })
  await page.clock.runFor(1000)
  await page.evaluate(() => {
    const feature = '<div class="feature" id="battery" style="height:100px">b</div>'
    document.querySelector('section')?.remove()
    document.body.insertAdjacentHTML('afterbegin', feature + feature)
  })
  await page.waitForFunction(() => document.querySelectorAll('.feature').length === 2)
  await painted(page)
  await page.clock.runFor(250)
  await painted(page)
  await page.clock.runFor(3000)
  const seen = await sections(page)
  const within = (ms = 0, from: number) => ms >= from && ms < from + 1500
  expect([...seen].filter(([id, ms]) => !within(ms, id === 'old' ? 1000 : 3000))).toEqual([])
  expect([...seen.keys()]).toEqual(['battery', 'old'])
})

test.for([
  ['nothing is observed where there is no section', '<p>hello</p>', {}, []],
  ['one observer looks at marked sections', part('a') + part('b'), {}, ['IntersectionObserver']],
  [
    'the page is watched for additions where sections are configured',
    part('a'),
    { sections: '.feature' },
    ['IntersectionObserver', 'MutationObserver'],
  ],
] as const)('%s', async ([, body, options, expected]) => {
  await openSite({
    body,
    options,
    before: page =>
      page.addInitScript(() => {
        const seen = new Set<object>()
        for (const name of ['IntersectionObserver', 'MutationObserver'] as const) {
          const real = window[name].prototype.observe
          Object.defineProperty(window[name].prototype, 'observe', {
            value(...args: Parameters<typeof real>) {
              // The page itself is observed to know when it is laid out.
              const whole =
                args[0] === document || (args[0] !== document.documentElement && name === 'IntersectionObserver')
              if (whole && !seen.has(this)) document.title += ` ${name}`
              seen.add(this)
              return Reflect.apply(real, this, args)
            },
          })
        }
      }),
  })
  await visit.page.evaluate(
    () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))),
  )
  const [, ...observers] = (await visit.page.title()).split(' ')
  // One is there in any case, and not ours.
  expect(observers.toSorted()).toEqual([...expected, 'MutationObserver'])
})

test('on a device that cannot hover, marked elements are sections too', async () => {
  await openSite({
    body: '<div data-inkling="card" style="height:200px">card</div>',
    context: { hasTouch: true, isMobile: true },
    before: installClock,
  })
  const { page } = visit
  await painted(page)
  await page.clock.runFor(4000)
  expect((await sections(page)).get('card')).toBeGreaterThanOrEqual(4000)
})

const SHADOW = `<shop-card id="host"></shop-card><script>
  const root = document.querySelector('#host').attachShadow({ mode: 'open' })
  root.innerHTML = '<button data-inkling="buy">Buy</button><button>Other</button>' +
    '<div id="list" style="height:500px;overflow:auto"><div style="height:2000px">x</div></div>'
</script>`

test('what stands in an open shadow root has its own name, and what scrolls there is the page', async () => {
  const page = await open({ body: SHADOW })
  await page.click('[data-inkling=buy]')
  await page.click('text=Other')
  await page.mouse.move(100, 300, { steps: 4 })
  await page.mouse.wheel(0, 500)
  await page.waitForFunction(
    () => document.querySelector('#host')?.shadowRoot?.querySelector('#list')?.scrollTop === 500,
  )
  await page.clock.runFor(500)
  await setVisible(page, false)
  const { properties } = (await visit.summary(({ reason }) => reason === 'hidden')).body
  expect(properties.clicks.map(({ element }: { element: string }) => element)).toEqual(['buy', 'host>button.2'])
  expect(properties).toMatchObject({ scrollable: true, scroll_depth: 0.5 })
})
