import { expect, test } from 'vitest'
import { defineConfig } from '../../src/destination/define-config.ts'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'

const problems = (config: unknown) => {
  const parsed = parsePolicy(config)
  return parsed.kind === 'invalid' ? parsed.problems : []
}

test('without a setting, every default holds', () => {
  expect(parsePolicy({})).toEqual({ kind: 'ok', policy: defaultPolicy })
})

test('what is set takes the place of its default and of nothing else', () => {
  const config = defineConfig({
    pages: { pricing: ['/abos'] },
    moments: { pricingIntent: { dwell: '45s', enabled: true }, cartAbandoned: { after: '1.5h' } },
    caps: [{ limit: 1, within: '1d' }],
  })
  const parsed = parsePolicy(config)
  if (parsed.kind !== 'ok') throw new Error(parsed.problems.join())
  expect(parsed.policy.moments.pricingIntent).toEqual({ ...defaultPolicy.moments.pricingIntent, dwell: 45_000 })
  expect(parsed.policy.moments.cartAbandoned.after).toBe(5_400_000)
  expect(parsed.policy.pages[0]).toEqual({ type: 'pricing', paths: ['/abos'] })
  expect(parsed.policy.pages.length).toBe(defaultPolicy.pages.length + 1)
  expect(parsed.policy.caps).toEqual([{ limit: 1, within: 86_400_000 }])
})

test('a duration without its unit names the path, what was found and what was expected', () => {
  expect(problems({ moments: { pricingIntent: { dwell: '90' } } })).toEqual([
    'moments.pricingIntent.dwell: found "90"; expected a duration with its unit, such as "90s", "30m", "12h" or "7d"',
  ])
  expect(problems({ score: { halfLife: 600 } })).toEqual([
    'score.halfLife: found 600; expected a duration with its unit, such as "90s", "30m", "12h" or "7d"',
  ])
})

test('a setting that does not exist is named', () => {
  expect(problems({ moments: { pricingIntend: {} }, wait: 1 })).toEqual([
    'moments.pricingIntend: there is no such setting',
    'wait: there is no such setting',
  ])
})

test('every mistake is told at once', () => {
  expect(
    problems({ weights: { hover: -1 }, caps: [{ limit: 0, within: '2d' }], traits: { prefix: 'Inkling ' } }),
  ).toHaveLength(3)
})

test('a count that is not whole is refused', () => {
  expect(problems({ moments: { comparison: { products: 2.5 } }, caps: [{ limit: 1.5, within: '1d' }] })).toEqual([
    'moments.comparison.products: found 2.5; expected a whole number from 2 to 12',
    'caps.0.limit: found 1.5; expected a whole number from 1 to 8',
  ])
})

test('levels that are out of order are refused', () => {
  expect(problems({ levels: { low: 0.5 } })).toEqual([
    'levels: found low 0.5, medium 0.18, high 0.26; expected each to be above the one before',
  ])
})

test('something that is no object is refused', () => {
  expect(problems('fast')).toHaveLength(1)
  expect(problems(null)).toHaveLength(1)
})
