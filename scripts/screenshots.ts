/**
 * Takes the picture of the live page for the README, from the built demo with a visitor in it:
 * `node scripts/screenshots.ts`. With a folder as its argument, also every page of the demo there, wide and narrow, to look at.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { openChromium } from '../examples/demo/chromium.ts'
import { PAGES } from '../examples/demo/pages.ts'
import { visitShop } from '../examples/demo/visitor.ts'

const WIDE = { width: 1280, height: 860 }
const NARROW = { width: 390, height: 844 }
const PICTURE = fileURLToPath(new URL('../docs/images/live.png', import.meta.url))

const [folder] = parseArgs({ allowPositionals: true }).positionals
const command = fileURLToPath(new URL('../dist/src/destination/main.js', import.meta.url))
const child = spawn(process.execPath, [command, 'demo', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
const { browser, close } = await openChromium({ asVisitor: true })
try {
  const shopUrl = await whenUp(child)
  if (folder !== undefined) await pictureShop(browser, shopUrl, folder)
  await pictureVisit(browser, shopUrl, folder)
} finally {
  await close()
  child.kill('SIGINT')
}

/** @returns the shop's address, as the demo prints it. */
function whenUp(demo: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    demo.once('exit', code => reject(new Error(`the demo ended with exit code ${code}; is it built?`)))
    if (!demo.stdout) return reject(new Error('the demo has no output'))
    createInterface(demo.stdout).on('line', line => {
      const url = /The shop\s+(http\S+)/.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
}

async function pictureVisit(within: Browser, shopUrl: string, into: string | undefined): Promise<void> {
  const window = await within.newContext({ viewport: WIDE })
  const live = await window.newPage()
  const shoot = async (name: string): Promise<void> => {
    if (into === undefined) return
    for (const [width, size] of Object.entries({ wide: WIDE, narrow: NARROW })) {
      await live.setViewportSize(size)
      await live.screenshot({ path: `${into}/live-${name}-${width}.png`, fullPage: true })
    }
    await live.setViewportSize(WIDE)
  }
  await live.goto(`${shopUrl}/live`)
  await shoot('empty')
  await visitShop({
    browser: within,
    shopUrl,
    email: 'robin@example.com',
    tell: () => undefined,
    onIdentified: () => undefined,
    onAnonymous: async id => {
      await live.goto(`${shopUrl}/live?anonymous_id=${id}`)
      await live.getByText('No platform knows you yet').waitFor()
      await shoot('anonymous')
    },
  })
  await live.getByRole('heading', { name: 'Cart Abandoned' }).waitFor()
  // The frame that marks a new event fades first.
  await live.evaluate(() => Promise.all(document.getAnimations().map(animation => animation.finished)))
  await shoot('known')
  // As much as a first look takes in.
  await live.screenshot({ path: PICTURE, clip: { x: 0, y: 0, width: WIDE.width, height: 742 } })
}

async function pictureShop(within: Browser, shopUrl: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true })
  for (const [width, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
    const window = await within.newContext({ viewport })
    const page = await window.newPage()
    const shoot = (name: string) => page.screenshot({ path: `${into}/${name}-${width}.png`, fullPage: true })
    for (const { path, file } of PAGES) {
      await page.goto(shopUrl + path)
      await shoot(file.replace('.html', ''))
    }
    for (const path of ['/products/rubber-fig', '/products/snake-plant']) {
      await page.goto(shopUrl + path)
      await page.locator('[data-inkling="add-to-cart"]').click()
    }
    await page.goto(`${shopUrl}/cart`)
    await shoot('cart-full')
    await page.goto(`${shopUrl}/checkout`)
    await shoot('checkout-full')
    await window.close()
  }
}
