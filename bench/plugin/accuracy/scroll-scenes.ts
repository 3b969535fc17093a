import type { Page } from 'playwright-core'
import { tall } from './hover-scenes.ts'
import type { Scene } from './stage.ts'

const scroller = (inner: string): string => `<main style="height:100vh;overflow:auto">${inner}</main>`

export const SCROLL_SCENES: readonly Scene[] = [
  {
    name: 'a document to its half',
    body: tall(4000),
    async play({ wheel, sawDepth }) {
      await wheel(1700)
      await sawDepth()
    },
  },
  {
    name: 'a document to its end, in twenty turns of the wheel',
    body: tall(3000),
    async play({ page, wheel, sawDepth }) {
      for (let n = 0; n < 19; n++) await page.mouse.wheel(0, 120)
      await wheel(400)
      await sawDepth()
    },
  },
  {
    name: 'down and up again',
    body: tall(5000),
    async play({ wheel, sawDepth }) {
      await wheel(2000)
      await sawDepth()
      await wheel(-1500)
    },
  },
  {
    name: 'an inner element scrolls instead of the document',
    body: scroller(tall(2400)),
    async play({ page, wheel, sawDepth }) {
      await page.mouse.move(500, 300)
      await wheel(900)
      await sawDepth('main')
    },
  },
  {
    name: 'a small box scrolls, the document does not',
    body: `<main style="height:150px;width:200px;overflow:auto">${tall(900)}</main>${tall(2000)}`,
    async play({ page, rest, sawDepth }) {
      await page.mouse.move(100, 50)
      await page.mouse.wheel(0, 400)
      await rest(900)
      await sawDepth()
    },
  },
  {
    name: 'a list that grows threefold while it is read',
    body: `<main>${tall(2000)}</main>`,
    async play({ page, wheel, sawDepth, rest }) {
      await wheel(1000)
      await sawDepth()
      await lengthen(page, 4000)
      await wheel(1200)
      await sawDepth()
      await rest(300)
    },
  },
  {
    name: 'a list without end, read for four screens',
    body: `<main>${tall(2400)}</main><script>addEventListener('scroll', () => {
      if (scrollY + innerHeight < document.documentElement.scrollHeight - 900) return
      document.querySelector('main').append(document.querySelector('main > div').cloneNode())
    })</script>`,
    async play({ wheel, sawDepth }) {
      for (let n = 0; n < 4; n++) {
        await wheel(900)
        await sawDepth()
      }
    },
  },
  latePicture('a small picture that loads late', 400),
  latePicture('a picture that loads late and makes the page a third longer', 600),
  {
    name: 'a jump to the footer and straight back',
    body: tall(5000),
    async play({ page, wheel, sawDepth, rest }) {
      await wheel(600)
      await sawDepth()
      await page.evaluate(async () => {
        const frame = () => new Promise(requestAnimationFrame)
        window.scrollTo(0, 9999)
        await frame()
        await frame()
        window.scrollTo(0, 0)
      })
      await rest(700)
    },
  },
  {
    name: 'a jump to an anchor, and a look at it',
    body: `<a href="#specs" style="display:block;height:20px">Specs</a>${tall(2400)}<h2 id="specs">Specs</h2>${tall(2400)}`,
    async play({ page, sawDepth, rest }) {
      await page.mouse.click(10, 10)
      await rest(900)
      await sawDepth()
    },
  },
  {
    name: 'pinched to twice the size',
    body: tall(3000),
    context: { hasTouch: true, isMobile: true },
    async play({ page, rest, sawDepth }) {
      const touch = await page.context().newCDPSession(page)
      await touch.send('Emulation.setPageScaleFactor', { pageScaleFactor: 2 })
      await touch.send('Input.synthesizeScrollGesture', { x: 100, y: 150, yDistance: -900, gestureSourceType: 'touch' })
      await rest(1200)
      await sawDepth()
    },
  },
  {
    name: 'zoomed to one and a half',
    body: tall(3000),
    context: { viewport: { width: 533, height: 400 }, deviceScaleFactor: 1.5 },
    async play({ wheel, sawDepth }) {
      await wheel(1133)
      await sawDepth()
    },
  },
  {
    name: 'zoomed while it is read',
    body: tall(4000),
    async play({ page, wheel, sawDepth, rest }) {
      await wheel(1500)
      await sawDepth()
      await page.setViewportSize({ width: 533, height: 400 })
      await rest(600)
      await wheel(900)
      await sawDepth()
    },
  },
  {
    name: 'scrolled with a finger',
    body: tall(4000),
    context: { hasTouch: true, isMobile: true },
    async play({ page, rest, sawDepth }) {
      const touch = await page.context().newCDPSession(page)
      await touch.send('Input.synthesizeScrollGesture', {
        x: 200,
        y: 400,
        yDistance: -1200,
        gestureSourceType: 'touch',
      })
      await rest(1200)
      await sawDepth()
    },
  },
  {
    name: 'scrolled with the keyboard',
    body: tall(3000),
    async play({ page, rest, sawDepth }) {
      for (let n = 0; n < 2; n++) {
        await page.keyboard.press('PageDown')
        await rest(900)
      }
      await sawDepth()
    },
  },
  {
    name: 'shorter than the window',
    body: tall(300),
    async play({ setDepth, rest }) {
      setDepth(1)
      await rest(800)
    },
  },
  {
    name: 'written from right to left, and wider than the window',
    head: '<script>document.documentElement.dir = "rtl"</script>',
    body: `<div style="width:2000px">${tall(3000)}</div>`,
    async play({ page, wheel, sawDepth, rest }) {
      await page.mouse.wheel(-400, 0)
      await rest(600)
      await wheel(900)
      await sawDepth()
    },
  },
]

function latePicture(name: string, px: number): Scene {
  return {
    name,
    body: `<main>${tall(2000)}</main>`,
    async play({ page, wheel, sawDepth, rest }) {
      await wheel(800)
      await sawDepth()
      await lengthen(page, px)
      await rest(300)
      await sawDepth()
    },
  }
}

function lengthen(page: Page, px: number): Promise<void> {
  return page.evaluate(height => {
    const late = document.createElement('div')
    late.style.height = `${height}px`
    document.querySelector('main')?.append(late)
  }, px)
}
