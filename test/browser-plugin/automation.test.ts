import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPointerJudge } from '../../src/browser-plugin/automation.ts'
import type { AutomationFlags } from '../../src/browser-plugin/signals.ts'
import { openSites, type Sites } from './site.ts'

let sites: Sites
beforeAll(async () => {
  sites = await openSites({ asVisitor: false })
})
afterAll(() => sites.close())

test('a browser that says it is driven by a program is flagged, and its summary is sent all the same', async () => {
  const visit = await sites.visit({ body: '<p>hello</p>' })
  await visit.page.waitForFunction(() => performance.now() > 200)
  await visit.page.close({ runBeforeUnload: true })
  expect((await visit.summary()).body.properties.automation).toEqual({ webdriver: true })
  await visit.end()
})

/** What the judge says after the pointer was at these places at these times. */
function flags(spots: readonly (readonly [at: number, x: number, y: number])[]) {
  const seen: AutomationFlags = {}
  const judge = createPointerJudge(seen)
  for (const [at, clientX, clientY] of spots) judge.move({ clientX, clientY }, at)
  return seen
}

test('a pointer that jumps three times is no hand, one that jumps twice may be', () => {
  const jumping = (jumps: number) =>
    flags(Array.from({ length: jumps + 1 }, (_, n) => [n * 16, (n % 2) * 700, n] as const))
  expect(jumping(3)).toEqual({ teleport: true })
  expect(jumping(2)).toEqual({})
})

test('a straight line at one speed is drawn by a program, a hand speeds up and down', () => {
  const line = (speedUp: number, bend: number) =>
    flags(Array.from({ length: 21 }, (_, n) => [n * 16, n * 12 + speedUp * n * n, bend * Math.sin(n / 3)] as const))
  expect(line(0, 0)).toEqual({ straight: true })
  expect(line(0.5, 0)).toEqual({})
  expect(line(0, 30)).toEqual({})
})

test('a slow and short straight line is a hand seen in whole pixels', () => {
  expect(flags(Array.from({ length: 41 }, (_, n) => [n * 16, n, 0] as const))).toEqual({})
})

test('a click where the pointer has not moved to is noticed, one where it rested since the page loaded is not', () => {
  const clicked = (spots: readonly (readonly [number, number])[], forgets = false) => {
    const seen: AutomationFlags = {}
    const judge = createPointerJudge(seen)
    for (const [clientX, clientY] of spots) {
      if (forgets) judge.forget()
      judge.click({ clientX, clientY })
    }
    return seen
  }
  const rested = [
    [5, 5],
    [5, 9],
  ] as const
  expect(clicked(rested)).toEqual({})
  expect(clicked([...rested, [300, 9]])).toEqual({ no_pointer: true })
  expect(clicked([...rested, [300, 9]], true)).toEqual({})
})
