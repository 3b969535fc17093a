import { expect, test } from 'vitest'
import { trackHover } from '../../src/browser-plugin/hover.ts'
import { feedPage, viewOf } from './fed-page.ts'

const card = new EventTarget()
const other = new EventTarget()
const names = new Map([
  [card, 'card'],
  [other, 'other'],
])

function setUp() {
  const page = feedPage()
  const crossings: { readonly weight: string; readonly at: number }[] = []
  const start = page.now()
  const { totals } = page.follow(
    trackHover(
      viewOf(page, {
        thresholds: { hoverMs: [3000, 7000] },
        emit: weight => crossings.push({ weight, at: page.now() - start }),
        nameOf: ([innermost]) => (innermost ? names.get(innermost) : undefined),
      }),
    ),
  )
  const over = (...path: EventTarget[]) => page.point({ kind: 'over', path })
  const move = (pressed = false) => page.point({ kind: 'move', pressed })
  return { page, hovers: () => totals().hovers, crossings, over, move }
}

/** Moves now and then, as a hand that points at something does. */
function rest({ page, move }: ReturnType<typeof setUp>, ms: number): void {
  for (let left = ms; left > 0; left -= 1000) {
    page.pass(Math.min(left, 1000))
    move()
  }
}

test('a hover counts from the first movement inside the element until the pointer is over another', () => {
  const { page, hovers, over, move } = setUp()
  over(card)
  page.pass(700)
  move()
  page.pass(450)
  over(other)
  expect(hovers()).toEqual([{ element: 'card', ms: 450, count: 1 }])
})

test('an element that scrolled beneath a still pointer is not hovered', () => {
  const { page, hovers, over } = setUp()
  over(card)
  page.pass(5000)
  over()
  expect(hovers()).toEqual([])
})

test('a stay below 200 ms is the pointer passing by', () => {
  const { page, hovers, over, move } = setUp()
  over(card)
  move()
  page.pass(199)
  over()
  expect(hovers()).toEqual([])
})

test('thresholds are told while the hover still goes on, each once, at the moment they are reached', () => {
  const scene = setUp()
  scene.over(card)
  scene.move()
  rest(scene, 9000)
  expect(scene.crossings).toEqual([
    { weight: 'notable', at: 3000 },
    { weight: 'strong', at: 7000 },
  ])
})

test('several stays on one element add up to a threshold', () => {
  const scene = setUp()
  for (const ms of [1000, 1500]) {
    scene.over(card)
    scene.move()
    rest(scene, ms)
    scene.over()
    scene.page.pass(400)
  }
  scene.over(card)
  scene.move()
  scene.page.pass(600)
  expect(scene.crossings).toEqual([{ weight: 'notable', at: 1000 + 400 + 1500 + 400 + 500 }])
  expect(scene.hovers()).toEqual([{ element: 'card', ms: 3100, count: 3 }])
})

test('a parked pointer counts ten seconds, and its next movement begins another hover', () => {
  const { page, hovers, over, move } = setUp()
  over(card)
  move()
  page.pass(60_000)
  expect(hovers()).toEqual([{ element: 'card', ms: 10_000, count: 1 }])
  move()
  page.pass(500)
  expect(hovers()).toEqual([{ element: 'card', ms: 10_500, count: 2 }])
})

test('a hover ends when the page hides, and goes on only after another movement', () => {
  const { page, hovers, over, move } = setUp()
  over(card)
  move()
  page.pass(2000)
  page.show(false)
  page.pass(5000)
  page.show(true)
  page.pass(1000)
  expect(hovers()).toEqual([{ element: 'card', ms: 2000, count: 1 }])
  move()
  page.pass(1000)
  expect(hovers()).toEqual([{ element: 'card', ms: 3000, count: 2 }])
})

test('dragging is no hover', () => {
  const { page, hovers, over, move } = setUp()
  over(card)
  move()
  page.pass(1000)
  move(true)
  page.pass(3000)
  move(true)
  expect(hovers()).toEqual([{ element: 'card', ms: 1000, count: 1 }])
})

test('one timer at most waits, and none once the pointer is parked', () => {
  const scene = setUp()
  scene.over(card)
  scene.move()
  rest(scene, 2000)
  expect(scene.page.pendingTimers()).toBe(1)
  scene.page.pass(60_000)
  expect(scene.page.pendingTimers()).toBe(0)
})

test('a finger that rests on an element counts as one hover for as long as it rested', () => {
  const { page, hovers, over, move } = setUp()
  over(card)
  move(true)
  page.pass(500)
  page.point({ kind: 'press', ms: 500, path: [card] })
  page.point({ kind: 'press', ms: 500, path: [] })
  over()
  expect(hovers()).toEqual([{ element: 'card', ms: 500, count: 1 }])
})

test('the focus that Tab brings counts as a hover where it stays for a second, up to ten', () => {
  const { page, hovers, crossings } = setUp()
  page.point({ kind: 'focusin', path: [card] })
  page.pass(999)
  page.point({ kind: 'focusout', path: [card] })
  expect(hovers()).toEqual([])
  page.point({ kind: 'focusin', path: [other] })
  page.pass(60_000)
  expect(hovers()).toEqual([{ element: 'other', ms: 10_000, count: 1 }])
  expect(crossings.map(({ at }) => at)).toEqual([999 + 3000, 999 + 7000])
})

test('a pointer that moves takes over from the focus', () => {
  const { page, hovers, over, move } = setUp()
  over(card)
  page.point({ kind: 'focusin', path: [other] })
  page.pass(2000)
  move()
  page.pass(500)
  over()
  expect(hovers()).toEqual([
    { element: 'other', ms: 2000, count: 1 },
    { element: 'card', ms: 500, count: 1 },
  ])
})
