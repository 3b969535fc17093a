import { expect, test } from 'vitest'
import { consentIn } from '../../src/browser-plugin/consent.ts'

const stamped = (categoryPreferences: Record<string, unknown>) => ({ consent: { categoryPreferences } })

test('every named category must be granted', () => {
  const categories = ['Analytics', 'Advertising']
  expect(consentIn(stamped({ Analytics: true, Advertising: true, Other: false }), categories)).toBe(true)
  expect(consentIn(stamped({ Analytics: true, Advertising: false }), categories)).toBe(false)
  expect(consentIn(stamped({ Analytics: true }), categories)).toBe(false)
  expect(consentIn(stamped({ Analytics: 'true', Advertising: 1 }), categories)).toBe(false)
})

test('an empty stamp grants nothing; without a stamp or named categories nothing is said', () => {
  expect(consentIn(stamped({}), ['Analytics'])).toBe(false)
  expect(consentIn({}, ['Analytics'])).toBeUndefined()
  expect(consentIn(undefined, ['Analytics'])).toBeUndefined()
  expect(consentIn(stamped({ Analytics: true }), [])).toBeUndefined()
})
