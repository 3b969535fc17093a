import { expect, test } from 'vitest'
import { createRage } from '../../src/browser-plugin/rage-click.ts'

const click = (clientX: number, detail = 1) => ({ clientX, clientY: 0, detail })

/** The count after clicks at these times and places, each a second pair of numbers apart from none. */
function bursts(clicks: readonly (readonly [at: number, x: number])[], isHarmless = false): number {
  const rage = createRage(() => isHarmless)
  return clicks.reduce((_, [at, x]) => rage(click(x), at, []), 0)
}

test('four clicks within a second and a half are a burst, slower ones are not', () => {
  expect(
    bursts([
      [0, 0],
      [500, 9],
      [1000, 9],
      [1500, 0],
    ]),
  ).toBe(1)
  expect(
    bursts([
      [0, 0],
      [500, 9],
      [1000, 9],
      [1501, 0],
    ]),
  ).toBe(0)
})

test('clicks further apart than thirty pixels are no burst', () => {
  expect(
    bursts([
      [0, 0],
      [100, 30],
      [200, 0],
      [300, 30],
    ]),
  ).toBe(1)
  expect(
    bursts([
      [0, 0],
      [100, 31],
      [200, 0],
      [300, 31],
    ]),
  ).toBe(0)
})

test('a burst that goes on counts once, another one later counts again', () => {
  const long = Array.from({ length: 20 }, (_, n) => [n * 400, 0] as const)
  expect(bursts(long)).toBe(1)
  expect(bursts([...long, ...long.map(([at, x]) => [at + 60_000, x] as const)])).toBe(2)
})

test('clicks that a key made and harmless ones are no burst', () => {
  const rage = createRage(() => false)
  expect([0, 1, 2, 3, 4].map(at => rage(click(0, 0), at, [])).at(-1)).toBe(0)
  expect(
    bursts(
      [
        [0, 0],
        [1, 0],
        [2, 0],
        [3, 0],
      ],
      true,
    ),
  ).toBe(0)
})
