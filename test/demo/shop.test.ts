import { createServer, request as requestRaw } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChromium } from '../../examples/demo/chromium.ts'
import { PAGES } from '../../examples/demo/pages.ts'
import { PLANTS } from '../../examples/demo/shop/catalogue.ts'
import { type Shop, startShop } from '../../examples/demo/shop-server.ts'
import { PAGE_TYPES } from '../../src/browser-plugin/signals.ts'

const empty = { profiles: () => [], events: () => [], onChange: () => () => undefined }
const standIns = { klaviyo: empty, hubspot: { ...empty, contacts: () => [], definitions: () => [] }, braze: empty }
/** Where the script of the pages is too. */
const BUILT = new URL('../../dist/examples/demo/shop/', import.meta.url)

/** Stands where the destination listens: says yes to everything, and keeps what was asked. */
function startCollector(): Promise<{ url: string; calls: { path: string; body: string }[]; close: () => void }> {
  const calls: { path: string; body: string }[] = []
  const server = createServer(async (incoming, response) => {
    const chunks = await incoming.toArray()
    if (incoming.method === 'POST') calls.push({ path: incoming.url ?? '', body: Buffer.concat(chunks).toString() })
    response.writeHead(200, {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization, content-type, x-retry-count',
      'content-type': 'application/json',
    })
    response.end(JSON.stringify({ success: true, asked: incoming.url }))
  })
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      const close = () => {
        server.closeAllConnections()
        server.close()
      }
      resolve({ url: `http://127.0.0.1:${port}`, calls, close })
    })
  })
}

let collector: Awaited<ReturnType<typeof startCollector>>
let shop: Shop
beforeAll(async () => {
  collector = await startCollector()
  shop = await startShop({ port: 0, destinationUrl: collector.url, standIns, folder: BUILT })
})
afterAll(async () => {
  await shop.close()
  collector.close()
})

describe.each(PAGES)('the page $path', ({ path, type, title }) => {
  test('is served with its title, its type and the address of the destination', async () => {
    const answer = await fetch(shop.url + path)
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(html).toContain(`<title>${title}</title>`)
    expect(html).toContain(`data-inkling-page="${type}"`)
    expect(html).toContain(`content="${new URL(collector.url).host}"`)
    expect(html).not.toContain('{{')
    expect(PAGE_TYPES).toContain(type)
  })

  test('names each of its elements once', async () => {
    const names = attribute(await load(path), 'data-inkling')
    expect(names.length).toBeGreaterThan(4)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  test('leads nowhere outside, and every link and picture of it is there', async () => {
    const html = await load(path)
    expect(html).not.toMatch(/(https?:)?\/\/\w/)
    const addresses = [...attribute(html, 'href'), ...attribute(html, 'src')].filter(address => address.startsWith('/'))
    for (const address of new Set(addresses)) expect((await fetch(shop.url + address)).status, address).toBe(200)
  })
})

test('a plant costs on its page what it costs in the cart', async () => {
  for (const { path, price, name } of PLANTS) {
    const html = await load(path)
    expect(html).toContain(`€${price} <span>`)
    expect(html).toContain(`<h1>${name}</h1>`)
  }
})

test('an address that is not a page is a 404, also one that climbs out of the folder', async () => {
  expect((await fetch(`${shop.url}/nowhere`)).status).toBe(404)
  expect((await fetch(`${shop.url}/layout.html`)).status).toBe(404)
  for (const path of ['/../feed.js', '/..%2ffeed.js', '/live/../../feed.js', '//etc/passwd']) {
    expect(await statusOf(shop.url, path), path).toBe(404)
  }
})

test('a question about a person goes to the destination as one path segment', async () => {
  const answer = await fetch(`${shop.url}/live/why?${new URLSearchParams({ id: '../dead-letters?x=1' })}`)
  expect(await answer.json()).toMatchObject({ asked: '/api/people/..%2Fdead-letters%3Fx%3D1' })
})

test('in a browser, every page runs without an error and speaks to this machine only', {
  timeout: 60_000,
}, async () => {
  const { browser, close } = await openChromium()
  const complaints: string[] = []
  const hosts = new Set<string>()
  try {
    const page = await (await browser.newContext()).newPage()
    page.on('pageerror', error => complaints.push(`${page.url()}: ${error.message}`))
    page.on('console', message => message.type() === 'error' && complaints.push(`${page.url()}: ${message.text()}`))
    page.on('request', request => hosts.add(new URL(request.url()).host))
    for (const path of [...PAGES.map(({ path }) => path), '/live']) {
      await page.goto(shop.url + path)
      if (path !== '/live') await page.locator('[data-live-link][href*=anonymous_id]').waitFor()
    }
  } finally {
    await close()
  }
  expect(complaints).toEqual([])
  expect([...hosts].toSorted()).toEqual([new URL(shop.url).host, new URL(collector.url).host].toSorted())
})

test('the words of the Ecommerce spec are spoken from the product to the order', { timeout: 60_000 }, async () => {
  const { browser, close } = await openChromium()
  const from = collector.calls.length
  try {
    const page = await (await browser.newContext()).newPage()
    // analytics.js sends a moment later: whoever leaves the page before that is not what this test is about.
    const told = (event: string) =>
      page.waitForResponse(answer => (answer.request().postData() ?? '').includes(`"event":"${event}"`))
    const act = (selector: string, event: string) => Promise.all([told(event), page.locator(selector).click()])
    const open = (path: string) => Promise.all([told('Product Viewed'), page.goto(`${shop.url}${path}`)])
    await open('/products/snake-plant')
    await act('[data-inkling="add-to-cart"]', 'Product Added')
    await open('/products/rubber-fig')
    await act('[data-inkling="add-to-cart"]', 'Product Added')
    await act('[data-inkling="nav-cart"]', 'Cart Viewed')
    await act('[aria-label="Remove Snake plant"]', 'Product Removed')
    await act('[data-inkling="to-checkout"]', 'Checkout Started')
    await page.fill('#email', 'robin@example.com')
    await act('[data-inkling="place-order"]', 'Order Completed')
    expect(await page.locator('[data-cart-count]').isHidden()).toBe(true)
  } finally {
    await close()
  }
  const calls = collector.calls.slice(from).map(({ body }) => JSON.parse(body))
  const tracked = calls.filter(({ event }) => event !== undefined && event !== 'Engagement Measured')
  expect(tracked.map(({ event }) => event)).toEqual([
    'Product Viewed',
    'Product Added',
    'Product Viewed',
    'Product Added',
    'Cart Viewed',
    'Product Removed',
    'Checkout Started',
    'Order Completed',
  ])
  expect(tracked[3].properties).toMatchObject({
    product_id: 'rubber-fig',
    name: 'Rubber fig',
    price: 48,
    quantity: 1,
    currency: 'EUR',
    url: `${shop.url}/products/rubber-fig`,
  })
  expect(tracked[7].properties).toMatchObject({ total: 48, products: [{ product_id: 'rubber-fig' }] })
  expect(calls.find(({ type }) => type === 'identify').traits).toEqual({ email: 'robin@example.com' })
})

async function load(path: string): Promise<string> {
  return (await fetch(shop.url + path)).text()
}

function attribute(html: string, name: string): string[] {
  return [...html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value)
}

/** As written, where fetch would tidy the path first. */
function statusOf(base: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    requestRaw({ hostname, port, path }, response => resolve(response.resume().statusCode))
      .once('error', reject)
      .end()
  })
}
