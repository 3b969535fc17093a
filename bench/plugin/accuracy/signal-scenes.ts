import { clicks } from './click-scenes.ts'
import type { Fact } from './compare.ts'
import { card, cards, tall } from './hover-scenes.ts'
import type { Scene } from './stage.ts'

/** Ten seconds of silence as a file that the browser can play: 8 bits at 8 kHz. */
function silence(): string {
  const samples = 80_000
  const head = Buffer.alloc(44)
  head.write('RIFF')
  head.writeUInt32LE(36 + samples, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [1, 32],
    [8, 34],
  ] as const)
    head.writeUInt16LE(value, at)
  for (const at of [24, 28]) head.writeUInt32LE(8000, at)
  head.write('data', 36)
  head.writeUInt32LE(samples, 40)
  return `data:audio/wav;base64,${Buffer.concat([head, Buffer.alloc(samples, 128)]).toString('base64')}`
}

/** Runs in the page: plays a second, jumps to just before the end, plays that. @returns what the browser played, ms. */
async function playAndJump(): Promise<number> {
  const player = document.querySelector('audio')
  if (!player) throw new Error('the page has no player')
  const until = (type: string, done: () => boolean = () => true) =>
    new Promise<void>(resolve => {
      player.addEventListener(type, () => done() && resolve())
    })
  const second = until('timeupdate', () => player.currentTime >= 1)
  await player.play()
  await second
  player.pause()
  const jumped = until('seeked')
  player.currentTime = 9.5
  await jumped
  const end = until('ended')
  await player.play()
  await end
  const { played } = player
  return Array.from({ length: played.length }, (_, n) => played.end(n) - played.start(n)).reduce((a, b) => a + b) * 1000
}

/** One report of a player: what was played since the last is not known yet when it is paused. ms */
const PLAYER_REPORT_MS = 250

const section = (id: string): string => `<section data-inkling-section="${id}" style="height:600px">${id}</section>`
const inView = (id: string, truth: number): Fact => ({
  what: `section ${id}, ms`,
  truth,
  of: ({ sections }) => sections.find(one => one.id === id)?.visible_ms,
  within: Math.max(100, truth * 0.01),
})

export const SIGNAL_SCENES: readonly Scene[] = [
  {
    name: 'a form filled by the browser, then left',
    body: '<form id="sign-up"><input name="email"><input name="name"></form>',
    async play(stage) {
      // No page can ask the browser to fill it in: its mark is given by hand, the text comes as the browser sends it.
      await stage.page.locator('[name=email]').evaluate(field => {
        const { matches } = field
        const value = (selector: string) => selector.includes('autofill') || matches.call(field, selector)
        Object.defineProperty(field, 'matches', { value })
      })
      await stage.page.focus('[name=email]')
      await stage.page.keyboard.insertText('jane@example.com')
      await stage.rest(300)
      stage.expect({ what: 'form', truth: 'viewed', of: ({ form }) => form?.state })
      stage.expect({ what: 'autofilled', truth: 'true', of: ({ form }) => String(form?.autofilled) })
      stage.expect({ what: 'fields touched', truth: 0, of: ({ form }) => form?.fields_touched })
    },
  },
  {
    name: 'two fields typed into, then left',
    body: '<form id="sign-up"><input name="email"><input name="name"></form>',
    async play(stage) {
      for (const name of ['email', 'name']) {
        await stage.page.locator(`[name=${name}]`).pressSequentially('ab', { delay: 80 })
        await stage.rest(150)
      }
      stage.expect({ what: 'form', truth: 'engaged', of: ({ form }) => form?.state })
      stage.expect({ what: 'last field', truth: 'name', of: ({ form }) => form?.last_field })
      stage.expect({ what: 'fields touched', truth: 2, of: ({ form }) => form?.fields_touched })
    },
  },
  {
    name: 'a player wound to its end',
    body: `<audio id="talk" src="${silence()}"></audio>`,
    async play(stage) {
      const truth = await stage.page.evaluate(playAndJump)
      stage.expect({
        what: 'watched, ms',
        truth,
        of: ({ videos }) => videos[0]?.watched_ms,
        within: PLAYER_REPORT_MS,
      })
    },
  },
  {
    name: 'time in view per section',
    body: section('hero') + section('specs') + section('reviews') + tall(600),
    async play(stage) {
      const began = await stage.page.evaluate(() => window.listeningAt ?? 0)
      await stage.rest(1200)
      const marks = [began]
      for (const top of [600, 1200]) {
        marks.push(
          await stage.page.evaluate(y => {
            scrollTo(0, y)
            return performance.now()
          }, top),
        )
        await stage.rest(1500)
      }
      marks.push(await stage.now())
      for (const [n, id] of ['hero', 'specs', 'reviews'].entries())
        stage.expect(inView(id, (marks[n + 1] ?? 0) - (marks[n] ?? 0)))
      await stage.rest(20)
    },
  },
  {
    name: 'a finger that rests for half a second',
    body: `<div style="touch-action:none">${card('card-1', 300)}</div>`,
    context: { hasTouch: true, isMobile: true },
    async play(stage) {
      const touch = await stage.page.context().newCDPSession(stage.page)
      const press = async (ms: number) => {
        await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: 100, y: 100 }] })
        await stage.rest(ms)
        await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
        await stage.rest(700)
      }
      for (const ms of [480, 100, 400]) await press(ms)
      const ups = await stage.page.evaluate(() =>
        window.recorded.flatMap(({ type, at }, n, all) => {
          const down = all.slice(0, n).findLast(one => one.type === 'pointerdown')
          return type === 'pointerup' && down ? [at - down.at] : []
        }),
      )
      for (const ms of ups.filter(ms => ms >= 300)) stage.hovered('card-1', ms)
    },
  },
  {
    name: 'consent given late',
    body: cards(1),
    options: { consent: 'required', idleMs: 800 },
    beginsLater: true,
    async play(stage) {
      await stage.page.mouse.move(600, 300, { steps: 4 })
      await stage.rest(1200)
      await stage.page.evaluate(() => window.plugin.grantConsent())
      await stage.begin()
      await stage.to('card-1')
      await stage.rest(1100)
      await stage.away()
    },
  },
  {
    name: 'consent withdrawn',
    body: cards(1),
    options: { consent: 'required' },
    beginsLater: true,
    async play(stage) {
      await stage.page.evaluate(() => window.plugin.grantConsent())
      await stage.begin()
      await stage.to('card-1')
      await stage.rest(900)
      await stage.page.evaluate(() => window.plugin.revokeConsent())
      stage.forget()
      await stage.rest(400)
    },
  },
  {
    name: 'left while another script uses up what may be in flight',
    // Listening before us, it is first in line, and its server never answers.
    head: `<script>if (location.pathname === '/') addEventListener('pagehide',
      () => navigator.sendBeacon('http://127.0.0.1:9/', 'x'.repeat(60000)), { capture: true })</script>`,
    body: cards(1),
    async play(stage) {
      await stage.to('card-1')
      await stage.rest(1000)
      await stage.page.mouse.click(150, 50)
      stage.expect(clicks(1))
      const { origin } = new URL(stage.page.url())
      await stage.leave(async () => {
        await stage.page.goto(`${origin}/next`)
        await stage.rest(1000)
      })
    },
  },
]
