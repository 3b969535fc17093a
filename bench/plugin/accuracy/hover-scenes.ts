import type { Scene } from './stage.ts'

/** A named block that leaves the right half of the window free of names. */
export const card = (name: string, height = 100): string =>
  `<div data-inkling="${name}" style="width:300px;height:${height}px;background:#ddd">${name}</div>`
export const cards = (count: number, height?: number): string =>
  Array.from({ length: count }, (_, n) => card(`card-${n + 1}`, height)).join('')
export const tall = (px: number): string => `<div style="height:${px}px;background:linear-gradient(red,blue)"></div>`

export const HOVER_SCENES: readonly Scene[] = [
  {
    name: 'one hover of a second and a half',
    body: cards(2),
    async play({ to, rest, away }) {
      await to('card-1')
      await rest(1500)
      await away()
    },
  },
  {
    name: 'three hovers on the same element',
    body: cards(2),
    async play({ to, rest, away }) {
      for (const ms of [600, 1200, 900]) {
        await to('card-1')
        await rest(ms)
        await away()
      }
    },
  },
  {
    name: 'five elements, one after the other',
    body: cards(5),
    async play({ to, rest, away }) {
      for (const n of [1, 2, 3, 4, 5]) {
        await to(`card-${n}`)
        await rest(300 + 200 * n)
      }
      await away()
    },
  },
  {
    name: 'a link within a card counts for itself',
    body: `<div data-inkling="card" style="width:300px;height:300px"><button data-inkling="buy" style="margin:200px 0 0 0;width:80px;height:60px">Buy</button></div>`,
    async play({ to, rest, away }) {
      await to('card')
      await rest(700)
      await to('buy')
      await rest(900)
      await away()
    },
  },
  {
    name: 'a pointer that crosses ten elements without rest',
    body: cards(10, 50),
    async play({ page, away, rest }) {
      await page.mouse.move(150, 5)
      await page.mouse.move(150, 495, { steps: 10 })
      await away()
      await rest(500)
    },
  },
  {
    name: 'eight seconds on an element, five of them hidden',
    body: cards(1),
    async play({ to, rest, hide, show, fidget, away }) {
      await to('card-1')
      await rest(1500)
      await hide()
      await rest(5000)
      await show()
      await fidget()
      await rest(1500)
      await away()
    },
  },
  {
    name: 'a mouse parked for a minute',
    body: cards(1),
    async play({ to, rest, endEpisode, page }) {
      await to('card-1')
      const last = await page.evaluate(() => window.recorded.findLast(({ type }) => type === 'pointermove')?.at ?? 0)
      await rest(60_000)
      await endEpisode(last + 10_000)
    },
  },
  {
    name: 'a hand that moves on the same element for twelve seconds',
    body: cards(1),
    async play({ to, rest, fidget, away }) {
      await to('card-1')
      for (let n = 0; n < 4; n++) {
        await rest(3000)
        await fidget()
      }
      await away()
    },
  },
  {
    name: 'five cards scroll under a still mouse',
    body: cards(5, 200) + tall(2000),
    async play({ to, rest, wheel, leftBehind }) {
      await to('card-1')
      await rest(500)
      await wheel(200)
      await leftBehind()
      for (let n = 0; n < 4; n++) await wheel(200)
    },
  },
  {
    name: 'five cards scroll under a mouse that trembles',
    body: cards(5, 200) + tall(2000),
    async play({ to, rest, wheel, leftBehind, page }) {
      await to('card-1')
      await rest(500)
      await wheel(200)
      await leftBehind()
      for (let n = 0; n < 4; n++) {
        await page.mouse.move(150, 100 + (n % 2))
        await wheel(200)
      }
    },
  },
  {
    name: 'a button pressed and dragged is no hover',
    body: cards(1),
    async play({ to, rest, endEpisode, page, away }) {
      await to('card-1')
      await rest(800)
      await page.mouse.down()
      await endEpisode(await moved(page, 170, 60))
      for (let x = 180; x < 290; x += 10) {
        await page.mouse.move(x, 60)
        await rest(60)
      }
      await page.mouse.move(600, 60)
      await page.mouse.up()
      await away()
    },
  },
  {
    name: 'the pointer goes into a frame',
    body: `${cards(1)}<iframe srcdoc="frame" style="width:300px;height:200px;border:0"></iframe>`,
    async play({ to, rest, page, endEpisode }) {
      await to('card-1')
      await rest(900)
      await page.mouse.move(150, 200, { steps: 5 })
      const left = await page.evaluate(
        () =>
          window.recorded.find(
            ({ on, at }) => on !== 'card-1' && at > (window.recorded.find(one => one.on === 'card-1')?.at ?? 0),
          )?.at,
      )
      await endEpisode(left)
      await rest(800)
    },
  },
  {
    name: 'a button in an open shadow root',
    body: `<div data-inkling="host" style="width:300px;height:100px"></div><script>
      document.querySelector('[data-inkling=host]').attachShadow({ mode: 'open' }).innerHTML =
        '<div style="height:100px">inside</div>'</script>`,
    async play({ to, rest, away }) {
      await to('host')
      await rest(1100)
      await away()
    },
  },
  {
    name: 'a label above the card lets the pointer through',
    body: `<div style="position:relative">${card('card-1')}<div style="position:absolute;inset:0;pointer-events:none">%</div></div>`,
    async play({ to, rest, away }) {
      await to('card-1')
      await rest(1000)
      await away()
    },
  },
  {
    name: 'the element is taken away under the pointer',
    body: cards(1) + tall(900),
    async play({ to, rest, page, endEpisode }) {
      await to('card-1')
      await rest(1000)
      const at = await page.evaluate(() => {
        document.querySelector('[data-inkling]')?.remove()
        return performance.now()
      })
      await endEpisode(at)
      await rest(1500)
    },
  },
  {
    name: 'the page stands still for two seconds during a hover',
    body: cards(1),
    async play({ to, rest, page, away }) {
      await to('card-1')
      await rest(400)
      await page.evaluate(() => {
        const end = performance.now() + 2000
        while (performance.now() < end);
      })
      await rest(400)
      await away()
    },
  },
  {
    name: 'twenty of a thousand marked elements',
    body: `<div style="width:300px">${Array.from({ length: 1000 }, (_, n) => `<i data-inkling="i-${n}" style="float:left;width:30px;height:30px">${n}</i>`).join('')}</div>`,
    async play({ to, rest, away }) {
      for (let n = 0; n < 20; n++) {
        await to(`i-${n * 9}`)
        await rest(300)
      }
      await away()
    },
  },
  {
    name: 'a tap and a drag of a finger are no hover',
    body: `<div style="touch-action:none">${cards(1, 300)}</div>`,
    context: { hasTouch: true, isMobile: true },
    async play({ page, rest }) {
      await page.touchscreen.tap(100, 100)
      const touch = await page.context().newCDPSession(page)
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: 20, y: 50 }] })
      for (let x = 30; x < 200; x += 10) {
        await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x, y: 50 }] })
        await rest(60)
      }
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
      await rest(800)
    },
  },
]

/** Moves the pointer in one go. @returns when the browser said that it was there. */
async function moved(page: Parameters<Scene['play']>[0]['page'], x: number, y: number): Promise<number> {
  await page.mouse.move(x, y)
  await page.waitForFunction(left => window.recorded.at(-1)?.x === left, x)
  return page.evaluate(left => window.recorded.find(event => event.x === left)?.at ?? 0, x)
}
