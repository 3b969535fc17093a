import { createRequire } from 'node:module'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  // Its other build is for bundlers and cannot be loaded by Node.
  resolve: {
    alias: ['@segment/actions-core', '@segment/actions-core/mapping-kit'].map(name => ({
      find: new RegExp(`^${name}$`),
      replacement: createRequire(import.meta.url).resolve(name),
    })),
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    sequence: { shuffle: true },
    // For what hangs, not for what is slow: a busy machine takes several times as long.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // A browser and a service each want a core; two files at a time keep two cores busy without starving either.
    maxWorkers: 2,
  },
})

export default config
