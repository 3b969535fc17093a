import { cards, tall } from './hover-scenes.ts'
import type { Scene, Stage } from './stage.ts'

/** Moves about where nothing has a name, every 200 ms. */
async function keepMoving({ page, rest }: Stage, ms: number): Promise<void> {
  for (let n = 0; n < ms / 200; n++) {
    await page.mouse.move(500 + (n % 2) * 40, 300)
    await rest(200)
  }
}

export const TIME_SCENES: readonly Scene[] = [
  {
    name: 'move 6 s and scroll, hidden 12 s, untouched 20 s, move 4 s',
    body: tall(4000),
    async play(stage) {
      await keepMoving(stage, 3000)
      await stage.wheel(1500)
      await stage.sawDepth()
      await keepMoving(stage, 2500)
      await stage.hide()
      await stage.rest(12_000)
      await stage.show()
      await stage.rest(20_000)
      await keepMoving(stage, 4000)
    },
  },
  {
    name: 'the same with five seconds until idle',
    body: tall(4000),
    options: { idleMs: 5000 },
    async play(stage) {
      await keepMoving(stage, 3000)
      await stage.hide()
      await stage.rest(6000)
      await stage.show()
      await stage.rest(8000)
      await keepMoving(stage, 2000)
    },
  },
  {
    name: 'untouched from the start',
    body: tall(300),
    options: { idleMs: 2000 },
    play: ({ rest }) => rest(5000),
  },
  {
    name: 'idle three times',
    body: tall(300),
    options: { idleMs: 1500 },
    async play(stage) {
      for (let n = 0; n < 3; n++) {
        await keepMoving(stage, 800)
        await stage.rest(3000)
      }
    },
  },
  {
    name: 'three switches to another tab and back',
    body: cards(2),
    options: { idleMs: 3000 },
    async play(stage) {
      for (let n = 0; n < 3; n++) {
        await keepMoving(stage, 1000)
        await stage.hide()
        await stage.rest(1500)
        await stage.show()
      }
      await keepMoving(stage, 600)
    },
  },
  {
    name: 'back in the tab, hands off: activity waits for an input',
    body: tall(300),
    options: { idleMs: 6000 },
    async play(stage) {
      await keepMoving(stage, 1000)
      await stage.hide()
      await stage.rest(1000)
      await stage.show()
      await stage.rest(3000)
    },
  },
  {
    name: 'keyboard alone',
    body: Array.from({ length: 8 }, (_, n) => `<button data-inkling="b-${n}">${n}</button>`).join(''),
    options: { idleMs: 2000 },
    async play({ tab, rest }) {
      for (let n = 0; n < 6; n++) {
        await tab()
        await rest(700)
      }
      await rest(3500)
    },
  },
  {
    name: 'touch alone',
    body: cards(2, 300),
    context: { hasTouch: true, isMobile: true },
    options: { idleMs: 1500 },
    async play({ page, rest }) {
      await page.touchscreen.tap(100, 100)
      await rest(1000)
      await page.touchscreen.tap(100, 400)
      await rest(3000)
    },
  },
  {
    name: 'the page scrolls by itself while nobody is there',
    body: tall(4000),
    options: { idleMs: 1500 },
    async play({ page, rest }) {
      await page.mouse.move(500, 300)
      await page.mouse.move(540, 300)
      for (let n = 1; n < 8; n++) {
        await rest(600)
        await page.evaluate(y => window.scrollTo(0, y), n * 100)
      }
    },
  },
  {
    name: 'the clock of the machine goes back an hour',
    body: cards(1),
    async play(stage) {
      await stage.to('card-1')
      await stage.rest(800)
      await stage.page.evaluate(() => {
        const { now } = Date
        Date.now = () => now() - 3_600_000
      })
      await stage.rest(1200)
      await stage.away()
    },
  },
  {
    name: 'a route under the pointer',
    body: cards(2, 200),
    async play(stage) {
      await stage.to('card-1')
      await stage.rest(1200)
      await stage.route('/second')
      await stage.rest(400)
      await stage.fidget()
      await stage.rest(1500)
      await stage.away()
    },
  },
  {
    name: 'three routes within a second',
    body: cards(2, 200),
    async play(stage) {
      await keepMoving(stage, 1000)
      for (const path of ['/one', '/two', '/three']) {
        await stage.route(path)
        await stage.rest(300)
      }
      await stage.to('card-2')
      await stage.rest(900)
      await stage.away()
    },
  },
  {
    name: 'put aside and brought back by the browser',
    body: cards(2, 200),
    options: { idleMs: 1000 },
    async play(stage) {
      await stage.to('card-1')
      await stage.rest(1200)
      await stage.restore()
      await stage.to('card-2')
      await stage.rest(1200)
      await stage.away()
    },
  },
  {
    name: 'a route within a view transition',
    body: cards(2, 200),
    async play(stage) {
      await stage.to('card-1')
      await stage.rest(900)
      await stage.route('/next', 'view transition')
      await stage.rest(900)
      await stage.fidget()
      await stage.rest(700)
      await stage.away()
    },
  },
  {
    name: 'hash routes',
    body: cards(2, 200),
    options: { routes: 'hash' },
    async play(stage) {
      await keepMoving(stage, 800)
      for (const path of ['/pricing', '/contact']) {
        await stage.route(path, 'hash')
        await keepMoving(stage, 1000)
      }
    },
  },
  {
    name: 'frozen for five seconds',
    body: cards(1),
    options: { idleMs: 2000 },
    async play(stage) {
      await stage.to('card-1')
      await stage.rest(1200)
      await stage.freeze(5000)
      await stage.fidget()
      await stage.rest(1000)
      await stage.away()
    },
  },
]
