/** The checks of what is published and committed; unlike the tests, they need the package registry and git. */
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['.ci/*.test.ts'],
    globalSetup: ['test/support/build.ts', '.ci/consumer.ts'],
    // Installing into an empty folder fetches some hundred packages.
    hookTimeout: 600_000,
    testTimeout: 180_000,
  },
})

export default config
