import type { Fact } from './compare.ts'
import type { Scene, Stage } from './stage.ts'

const rage = (truth: number): Fact => ({ what: 'rage clicks', truth, of: ({ rage_clicks }) => rage_clicks })
const dead = (truth: number): Fact => ({ what: 'dead clicks', truth, of: ({ dead_clicks }) => dead_clicks })
export const clicks = (truth: number): Fact => ({ what: 'clicks', truth, of: ({ clicks }) => clicks.length })
const NO_PROGRAM: Fact = {
  what: 'signs of a program',
  truth: 'none',
  of: ({ automation }) => Object.keys(automation).join() || 'none',
}

/** Longer than a click may go unanswered before it is dead, ms. */
const UNANSWERED_MS = 2500

/** Clicks in one place as fast as a finger does, uneven as a finger is. */
async function hammer({ page, rest, to }: Stage, name: string, times: number): Promise<void> {
  await to(name)
  for (let n = 0; n < times; n++) {
    await page.mouse.down({ clickCount: n + 1 })
    await page.mouse.up({ clickCount: n + 1 })
    await rest(90 + 17 * (n % 3))
  }
}

/** Scenes in which clicks are made: none of them, or one, is a sign of something wrong. */
export const CLICK_SCENES: readonly Scene[] = [
  {
    name: 'a button hammered nine times',
    body: '<button data-inkling="t">Buy</button>',
    async play(stage) {
      await hammer(stage, 't', 9)
      stage.expect(rage(1))
      stage.expect(clicks(9))
    },
  },
  {
    name: 'six clicks that select a paragraph',
    body: '<p data-inkling="t">text to select</p>',
    async play(stage) {
      await hammer(stage, 't', 6)
      stage.expect(rage(0))
    },
  },
  {
    name: 'a stepper clicked ten times',
    body: '<div><button data-inkling="t">+</button><input type="number"></div>',
    async play(stage) {
      await hammer(stage, 't', 10)
      stage.expect(rage(0))
    },
  },
  {
    name: 'a button without effect on a page with a clock',
    body: `<p id="clock">0</p><button data-inkling="t">Buy</button>
      <script>setInterval(() => { clock.textContent = String(performance.now()) }, 200)</script>`,
    async play(stage) {
      await hammer(stage, 't', 1)
      await stage.rest(UNANSWERED_MS)
      stage.expect(dead(1))
    },
  },
  {
    name: 'a button that answers on a page with a clock',
    body: `<p id="clock">0</p><b>0</b><button data-inkling="t" onclick="document.querySelector('b').textContent = '1'">Buy</button>
      <script>setInterval(() => { clock.textContent = String(performance.now()) }, 200)</script>`,
    async play(stage) {
      await hammer(stage, 't', 1)
      await stage.rest(UNANSWERED_MS)
      stage.expect(dead(0))
    },
  },
  {
    name: 'a click that opens a tab',
    body: `<button data-inkling="t" onclick="window.open('about:blank')">Open</button>`,
    async play(stage) {
      await hammer(stage, 't', 1)
      await stage.rest(400)
      await stage.hide()
      await stage.rest(UNANSWERED_MS)
      await stage.show()
      await stage.rest(300)
      stage.expect(dead(0))
    },
  },
  {
    name: 'a button in an open shadow root is clicked',
    body: `<div data-inkling="host" style="width:300px;height:100px"></div><script>
      document.querySelector('[data-inkling=host]').attachShadow({ mode: 'open' }).innerHTML = '<button>in</button>'</script>`,
    async play(stage) {
      await stage.page.locator('button').click()
      await stage.rest(300)
      stage.expect({
        what: 'click on',
        truth: 'host>button.1',
        of: ({ clicks }) => clicks.map(({ element }) => element).join(),
      })
    },
  },
  {
    name: 'keyboard alone, to a click',
    body: '<button data-inkling="one">1</button><button data-inkling="two">2</button>',
    options: { idleMs: 2000 },
    async play(stage) {
      for (let n = 0; n < 2; n++) {
        await stage.tab()
        await stage.rest(600)
      }
      await stage.page.keyboard.press('Enter')
      await stage.rest(600)
      stage.expect(clicks(1))
      stage.expect(NO_PROGRAM)
    },
  },
]
