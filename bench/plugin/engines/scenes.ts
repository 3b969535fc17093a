import type { EngagementProperties } from '../../../src/browser-plugin/signals.ts'
import type { Tab } from './driver.ts'
import { type EngineScene, reached, ready, type Visitor } from './play.ts'

const SEEN_MS = 700

async function hover({ tab, rest }: Visitor, ms: number): Promise<void> {
  await tab.mouse.move(150, 50, { steps: 6 })
  await rest(ms)
  await tab.mouse.move(600, 300, { steps: 4 })
}

const clicksOn = (name: string, truth: number) => ({
  what: `clicks on ${name}`,
  truth,
  of: ({ clicks }: EngagementProperties) => clicks.filter(({ element }) => element === name).length,
})

/** What every engine must measure alike. */
export const ENGINE_SCENES: readonly EngineScene[] = [
  {
    name: 'two hovers on one element',
    async play(visitor) {
      await hover(visitor, 1500)
      await hover(visitor, 900)
      return undefined
    },
  },
  {
    name: 'move, idle, move',
    async play({ fidget, rest }) {
      await fidget(1200)
      await rest(3000)
      await fidget(1000)
      return undefined
    },
  },
  {
    name: 'scrolled to the middle',
    async play({ tab, rest, know }) {
      await tab.mouse.move(500, 300)
      await tab.mouse.wheel({ deltaY: 900 })
      await rest(SEEN_MS)
      const depth = await tab.evaluate(() => (scrollY + innerHeight) / document.documentElement.scrollHeight)
      know('/', { depth })
      return undefined
    },
  },
  {
    name: 'three clicks',
    async play({ tab, rest, know }) {
      await tab.mouse.move(150, 50, { steps: 4 })
      for (let n = 0; n < 3; n++) {
        await rest(700)
        await tab.mouse.click(150, 50)
      }
      know('/', { facts: [clicksOn('card', 3)] })
      await rest(300)
      return undefined
    },
  },
  {
    name: 'two fields typed into, then left',
    async play({ tab, rest, know }) {
      for (const name of ['email', 'name']) {
        await tab.evaluate(field => document.querySelector<HTMLInputElement>(`[name=${field}]`)?.focus(), name)
        await tab.keyboard.type('abc', { delay: 90 })
      }
      await rest(200)
      know('/', {
        facts: [
          { what: 'form', truth: 'engaged', of: ({ form }) => form?.state },
          { what: 'last field', truth: 'name', of: ({ form }) => form?.last_field },
        ],
      })
      return undefined
    },
  },
  {
    name: 'left by a link, by the address bar, by reloading',
    async play({ tab, fidget }) {
      await fidget(600)
      await tab.mouse.click(100, 180)
      await arrived(tab, '/next')
      await fidget(600)
      await tab.goto(new URL('/third', tab.url()).href)
      await ready(tab)
      await fidget(600)
      await tab.reload()
      await ready(tab)
      await fidget(600)
      return undefined
    },
  },
]

/** A tab that is closed after half a second of use. */
export const CLOSING: EngineScene = {
  name: 'the tab is closed',
  closes: true,
  async play({ fidget }) {
    await fidget(400)
    return undefined
  },
}

/** What only a browser itself can do to a page. */
export const LIFECYCLE_SCENES: readonly EngineScene[] = [
  {
    name: 'back from the back/forward cache',
    async play({ tab, rest, fidget }) {
      await fidget(1000)
      await tab.evaluate(() => Object.assign(window, { kept: true }))
      await tab.mouse.click(100, 180)
      await arrived(tab, '/next')
      await fidget(800)
      await tab.evaluate(() => history.back())
      await arrived(tab, '/')
      await rest(500)
      const restored = await tab.evaluate(() => 'kept' in window)
      await fidget(800)
      return restored ? undefined : 'this browser keeps no left page'
    },
  },
  {
    name: 'behind another tab for three seconds',
    async play({ tab, open, rest, fidget }) {
      await fidget(800)
      const other = await open('/empty')
      await other.bringToFront()
      await rest(3000)
      const hidden = await tab.evaluate(() => document.hidden)
      await tab.bringToFront()
      await rest(300)
      await fidget(800)
      return hidden ? undefined : 'this browser hides no tab behind another'
    },
  },
  {
    name: 'two tabs that take turns',
    async play({ tab, open, rest, fidget }) {
      const other = await open('/other')
      let hidden = true
      for (let turn = 0; turn < 3; turn++) {
        await tab.bringToFront()
        await rest(200)
        await fidget(800)
        hidden &&= await other.evaluate(() => document.hidden)
        await other.bringToFront()
        await rest(1200)
      }
      return hidden ? undefined : 'this browser hides no tab behind another'
    },
  },
]

/** What is asked of the browser in Chromium's own way. */
export const CHROMIUM_SCENES: readonly EngineScene[] = [
  {
    name: 'prerendered, then shown',
    path: '/prerendering',
    async play({ tab, rest, fidget }) {
      await rest(2000)
      await tab.mouse.click(100, 180)
      await arrived(tab, '/prerendered')
      await fidget(1200)
      return (await tab.evaluate(() =>
        performance
          .getEntriesByType('navigation')
          .some(entry => 'activationStart' in entry && Number(entry.activationStart) > 0),
      ))
        ? undefined
        : 'this browser prerendered nothing'
    },
  },
  {
    name: 'frozen for five seconds',
    async play({ tab, open, rest, fidget }) {
      await fidget(800)
      const other = await open('/empty')
      await other.bringToFront()
      const page = await tab.createCDPSession()
      await page.send('Page.setWebLifecycleState', { state: 'frozen' })
      await rest(5000)
      await page.send('Page.setWebLifecycleState', { state: 'active' })
      await tab.bringToFront()
      await rest(300)
      await fidget(800)
      return undefined
    },
  },
]

async function arrived(tab: Tab, path: string): Promise<void> {
  await reached(tab, path)
  await ready(tab)
}
