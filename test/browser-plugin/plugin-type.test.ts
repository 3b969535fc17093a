import type { Analytics, AnalyticsBrowser, Plugin } from '@segment/analytics-next'
import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { engagement } from '../../src/browser-plugin/index.ts'

// The compiler is the test: under strict and exactOptionalPropertyTypes our object is what analytics.js takes.
const plugin: Plugin = engagement()
type Registers = (analytics: Analytics | AnalyticsBrowser) => unknown
const register: Registers = analytics => analytics.register(engagement({ maxCalls: undefined }))

test('the plugin is an enrichment with a version, as analytics.js requires', () => {
  expect(plugin).toMatchObject({ type: 'enrichment', version: packageJson.version })
  expect(register).toBeTypeOf('function')
})
