/**
 * A hand on mouse and keyboard. The plugin marks pointers that jump or run in straight lines and keys at equal intervals
 * as a program's, and the destination triggers nothing for those; so the scripted visitor has to move as people do.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Locator, Page } from 'playwright-core'

export interface Point {
  readonly x: number
  readonly y: number
}
/** Where the pointer is next, and how long it takes to get there, ms. */
export interface Step extends Point {
  readonly pauseMs: number
}

/** A screen shows 60 pictures a second; a mouse reports about as often as a page can see. */
const FRAME_MS = 16

/**
 * The way of a hand from one point to another: a bow rather than a line, slow at both ends, never quite steady.
 *
 * @param random - 0–1.
 */
export function handPath(from: Point, to: Point, random: () => number): readonly Step[] {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const distance = Math.hypot(dx, dy)
  // Fitts's law: time grows with the logarithm of the distance.
  const duration = 180 + 110 * Math.log2(1 + distance / 20)
  const steps = Math.max(4, Math.round(duration / FRAME_MS))
  const bow = (random() - 0.5) * 0.35
  return Array.from({ length: steps }, (_, index) => {
    const t = (index + 1) / steps
    // The smoothest motion between two rests: minimum jerk.
    const along = t ** 3 * (10 - 15 * t + 6 * t ** 2)
    const aside = bow * Math.sin(Math.PI * along)
    const tremor = index === steps - 1 ? 0 : 1.6
    return {
      x: from.x + dx * along - dy * aside + (random() - 0.5) * tremor,
      y: from.y + dy * along + dx * aside + (random() - 0.5) * tremor,
      pauseMs: FRAME_MS * (0.7 + 0.6 * random()),
    }
  })
}

export interface Hand {
  /** Moves onto it, scrolling first where it is out of sight. */
  moveTo(target: Locator): Promise<void>
  /** Stays on it for `ms`, with the small movements of a hand that rests. */
  restOn(target: Locator, ms: number): Promise<void>
  click(target: Locator): Promise<void>
  type(target: Locator, text: string): Promise<void>
  /** Turns the wheel, in bursts with pauses to read, until `ms` are over. */
  readDown(ms: number): Promise<void>
}

export function createHand(page: Page, random: () => number): Hand {
  let at: Point = { x: 640, y: 120 }
  const between = (low: number, high: number): number => low + random() * (high - low)

  async function moveAlong(to: Point): Promise<void> {
    // Telling the browser takes time too; a step that is late is not waited for.
    let due = performance.now()
    for (const { x, y, pauseMs } of handPath(at, to, random)) {
      await page.mouse.move(x, y)
      due += pauseMs
      await pause(Math.max(due - performance.now(), 0))
    }
    at = to
  }
  /** A place well inside it, a little off its middle. */
  async function placeOn(target: Locator): Promise<Point> {
    const box = await target.boundingBox()
    if (!box) throw new Error(`the scripted visitor looks for ${target} and it is not on ${page.url()}`)
    return { x: box.x + box.width * between(0.4, 0.6), y: box.y + box.height * between(0.4, 0.6) }
  }
  async function bringIntoSight(target: Locator): Promise<void> {
    const height = page.viewportSize()?.height ?? 720
    for (let turns = 0; turns < 60; turns += 1) {
      const { y } = await placeOn(target)
      if (y > 8 && y < height - 120) return
      // Nobody wheels back up through a whole article.
      if (y < -height) await page.keyboard.press('Home')
      await page.mouse.wheel(0, (y > 8 ? 1 : -1) * between(70, 140))
      await pause(between(25, 70))
    }
  }
  async function isOn(target: Locator): Promise<boolean> {
    const box = await target.boundingBox()
    return box !== null && at.x > box.x && at.x < box.x + box.width && at.y > box.y && at.y < box.y + box.height
  }
  async function moveTo(target: Locator): Promise<void> {
    // The page may still be gliding to a stop: a hand follows what it aims at, and looks again before it acts.
    for (let tries = 0; tries < 10 && !(tries > 0 && (await isOn(target))); tries += 1) {
      await bringIntoSight(target)
      await moveAlong(await placeOn(target))
      await pause(between(80, 220))
    }
  }
  async function click(target: Locator): Promise<void> {
    await moveTo(target)
    await page.mouse.down()
    await pause(between(50, 110))
    await page.mouse.up()
  }
  return {
    moveTo,
    click,
    async restOn(target, ms) {
      await moveTo(target)
      const until = Date.now() + ms
      while (Date.now() < until) {
        await pause(Math.min(between(180, 650), Math.max(until - Date.now(), 0)))
        await moveAlong({ x: at.x + between(-9, 9), y: at.y + between(-7, 7) })
      }
    },
    async type(target, text) {
      await click(target)
      for (const character of text) {
        await page.keyboard.type(character)
        await pause(between(45, 170))
      }
    },
    async readDown(ms) {
      const until = Date.now() + ms
      while (Date.now() < until) {
        for (let turns = 0; turns < 4; turns += 1) {
          await page.mouse.wheel(0, between(80, 190))
          await pause(between(30, 80))
        }
        await pause(between(120, 420))
      }
    },
  }
}
