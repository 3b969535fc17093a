import fc from 'fast-check'
import { expect, test } from 'vitest'
import { handPath, type Point } from '../../examples/demo/hand.ts'

const point: fc.Arbitrary<Point> = fc.record({
  x: fc.integer({ min: 0, max: 1280 }),
  y: fc.integer({ min: 0, max: 800 }),
})
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 7, maxLength: 50 })

const steady = (): number => 0.5
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)

test('a hand ends where it wanted to go and never jumps', () => {
  fc.assert(
    fc.property(point, point, shares, (from, to, random) => {
      let next = 0
      const path = handPath(from, to, () => random[next++ % random.length] ?? 0)
      const last = path.at(-1)
      expect(last && distance(last, to)).toBeCloseTo(0)
      for (const [index, step] of path.entries()) {
        expect(distance(path[index - 1] ?? from, step)).toBeLessThan(140)
        expect(step.pauseMs).toBeGreaterThan(5)
      }
    }),
  )
})

test('a hand starts slowly, is fastest in the middle and stops slowly', () => {
  const from = { x: 0, y: 0 }
  const path = handPath(from, { x: 800, y: 0 }, steady)
  const lengths = path.map((step, index) => distance(path[index - 1] ?? from, step))
  const middle = lengths[Math.floor(lengths.length / 2)] ?? 0
  expect(lengths[0]).toBeLessThan(middle / 5)
  expect(lengths.at(-1)).toBeLessThan(middle / 5)
})

test('a hand goes in a bow, to either side', () => {
  const [from, to] = [
    { x: 0, y: 400 },
    { x: 1000, y: 400 },
  ]
  const heights = (random: () => number) => handPath(from, to, random).map(({ y }) => y)
  expect(Math.max(...heights(() => 0.9))).toBeGreaterThan(500)
  expect(Math.min(...heights(() => 0.1))).toBeLessThan(300)
})
