import { expect, test } from 'vitest'
import { parseRange, parseValues, settingsThereAre, withSetting } from '../../../src/destination/backtest/parameter.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { parsePolicy } from '../../../src/destination/parse-policy.ts'

test('values and ranges are read with their units, both ends included', () => {
  expect(parseValues('5s, 8s,5s')).toEqual({ kind: 'values', values: ['5s', '8s'] })
  expect(parseRange('5s..8s/1s')).toEqual({ kind: 'values', values: ['5s', '6s', '7s', '8s'] })
  expect(parseRange('30m..2h/30m')).toEqual({ kind: 'values', values: ['30m', '1h', '90m', '2h'] })
  expect(parseRange('0.1..0.5/0.1')).toEqual({ kind: 'values', values: ['0.1', '0.2', '0.3', '0.4', '0.5'] })
  expect(parseRange('5s..9s/3s')).toEqual({ kind: 'values', values: ['5s', '8s'] })
})

test.each([
  ['5s..8s', 'expected from..to/step'],
  ['8s..5s/1s', 'not before its beginning'],
  ['5s..8s/0s', 'a step above 0'],
  ['5..8s/1s', 'either all three have a unit or none has'],
  ['1s..1h/1s', 'at most 50'],
])('the range %s is refused', (text, problem) => {
  expect(parseRange(text)).toEqual({ kind: 'invalid', problem: expect.stringContaining(problem) })
})

test('a setting is changed by its path, and everything beside it stays', () => {
  const config = { moments: { cartAbandoned: { after: '1h', capped: false } }, caps: [{ limit: 3, within: '48h' }] }
  expect(withSetting(config, 'moments.cartAbandoned.after', '2h')).toEqual({
    ...config,
    moments: { cartAbandoned: { after: '2h', capped: false } },
  })
  expect(withSetting(config, 'caps.0.limit', '2')).toMatchObject({ caps: [{ limit: 2, within: '48h' }] })
  expect(withSetting({}, 'moments.cartAbandoned.enabled', 'false')).toEqual({
    moments: { cartAbandoned: { enabled: false } },
  })
  expect(parsePolicy(withSetting(config, 'caps.1.limit', '2'))).toMatchObject({ kind: 'invalid' })
})

test('no path can reach what is not the configuration', () => {
  expect(parsePolicy(withSetting({}, '__proto__.enabled', 'true'))).toMatchObject({ kind: 'invalid' })
  expect(Reflect.get({}, 'enabled')).toBeUndefined()
})

test('the settings that are listed are those that can be set, each to what it is now', () => {
  const listed = settingsThereAre({ moments: { cartAbandoned: { after: '1h' } } })
  expect(listed.length).toBeGreaterThan(30)
  expect(listed).toContain('moments.cartAbandoned.after (now 1h)')
  const changed = listed.reduce<unknown>((config, text) => {
    const [, path = '', value = ''] = /^(.+) \(now (.*)\)$/.exec(text) ?? []
    return withSetting(config, path, value)
  }, {})
  const { moments, ...rest } = defaultPolicy
  expect(parsePolicy(changed)).toMatchObject({ kind: 'ok', policy: rest })
  expect(moments.cartAbandoned.after).not.toBe(3_600_000)
})
