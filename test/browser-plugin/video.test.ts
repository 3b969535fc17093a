import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openSites, type Sites, type Visit } from './site.ts'
import { setVisible } from './visibility.ts'

let sites: Sites
let visit: Visit | undefined
beforeAll(async () => {
  sites = await openSites()
})
afterAll(() => sites.close())
afterEach(async () => {
  await visit?.end()
  visit = undefined
})

/** Ten seconds of silence as the browser can play it, 8 bits at 8 kHz, in a file of its own making. */
const player = (attributes: string) => `<audio id="talk" ${attributes}></audio><script>
  const samples = new Uint8Array(44 + 80000).fill(128)
  const view = new DataView(samples.buffer)
  const text = (at, word) => [...word].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)))
  text(0, 'RIFF'); view.setUint32(4, 80036, true); text(8, 'WAVEfmt '); view.setUint32(16, 16, true)
  view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, 8000, true)
  view.setUint32(28, 8000, true); view.setUint16(32, 1, true); view.setUint16(34, 8, true)
  text(36, 'data'); view.setUint32(40, 80000, true)
  talk.src = URL.createObjectURL(new Blob([samples], { type: 'audio/wav' }))
</script>`

/** Plays up to a position, jumps to just before the end, plays that, and tells what was watched. */
async function playAndJump(attributes: string) {
  visit = await sites.visit({ body: player(attributes) })
  await visit.page.evaluate(async () => {
    const talk = document.querySelector('audio')
    if (!talk) throw new Error('the page has no player')
    const until = (type: string, done: () => boolean) =>
      new Promise<void>(resolve => {
        talk.addEventListener(type, () => done() && resolve())
      })
    const second = until('timeupdate', () => talk.currentTime >= 1)
    await talk.play()
    await second
    talk.pause()
    const jumped = until('seeked', () => true)
    talk.currentTime = 9.5
    await jumped
    const end = talk.loop ? until('seeked', () => true) : until('ended', () => true)
    await talk.play()
    await end
    talk.pause()
  })
  await setVisible(visit.page, false)
  return (await visit.summary(({ reason }) => reason === 'hidden')).body.properties.videos
}

test('what was skipped is not watched', async () => {
  const [video, ...others] = await playAndJump('')
  expect(others).toEqual([])
  expect(video.id).toBe('talk')
  // One second and the bit until the next report, and half a second at the end.
  expect(video.watched_ms).toBeGreaterThanOrEqual(1300)
  expect(video.watched_ms).toBeLessThan(2500)
  expect(video.percent).toBeCloseTo(video.watched_ms / 10_000, 1)
})

test.for([
  ['muted loop', 0],
  ['muted loop controls', 1],
  ['muted', 1],
] as const)('decoration is not watched: of a player that is %s, %i is told', async ([attributes, count]) => {
  expect(await playAndJump(attributes)).toHaveLength(count)
})

test('what is played twice counts once', async () => {
  visit = await sites.visit({ body: player('') })
  await visit.page.evaluate(async () => {
    const talk = document.querySelector('audio')
    if (!talk) throw new Error('the page has no player')
    const happens = (type: string, done: () => boolean) =>
      new Promise<void>(resolve => {
        talk.addEventListener(type, () => done() && resolve())
      })
    for (let time = 0; time < 3; time++) {
      const second = happens('timeupdate', () => talk.currentTime >= 1)
      await talk.play()
      await second
      talk.pause()
      const back = happens('seeked', () => true)
      talk.currentTime = 0
      await back
    }
  })
  await setVisible(visit.page, false)
  const [video] = (await visit.summary(({ reason }) => reason === 'hidden')).body.properties.videos
  expect(video.watched_ms).toBeGreaterThanOrEqual(1000)
  expect(video.watched_ms).toBeLessThan(2000)
})
