/** The files that go to Segment's repository, by their paths there. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')
const WEB = 'packages/browser-destinations/destinations/inkling-plugins'
const CLOUD = 'packages/destination-actions/src/destinations/inkling'

/** The browser half, which holds the whole plugin: Segment's build then needs no package of ours. */
export async function webFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([...copied('catalog/web', WEB), [join(WEB, 'src/plugin.ts'), await pluginSource()]])
}

/** The cloud half. */
export function cloudFiles(): ReadonlyMap<string, string> {
  return copied('catalog/cloud', CLOUD)
}

function copied(from: string, to: string): ReadonlyMap<string, string> {
  const cwd = join(ROOT, from)
  const paths = globSync('**/*.{ts,json}', { cwd })
  return new Map(paths.map(path => [join(to, path), readFileSync(join(cwd, path), 'utf8')]))
}

/**
 * The plugin as one file that any TypeScript of Segment's takes: our sources ask for a newer one. It is left readable for
 * whoever reviews it.
 */
async function pluginSource(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ENGAGEMENT_MEASURED, engagement } from './index.ts'`,
      resolveDir: join(ROOT, 'src/browser-plugin'),
    },
    ...{ bundle: true, format: 'iife', globalName: 'inkling', target: 'es2020', charset: 'utf8' },
    ...{ write: false, logLevel: 'warning' },
  })
  return `${HEAD}${outputFiles[0]?.text}${TAIL}`
}

const HEAD = `// @ts-nocheck
/* eslint-disable */
// Generated from the browser plugin of the npm package segment-inkling. Do not modify it by hand.
import type { EngagementOptions, EngagementPlugin } from './types'

`

const TAIL = `
export const ENGAGEMENT_MEASURED: string = inkling.ENGAGEMENT_MEASURED

/** Makes the plugin; it measures nothing until analytics.js loads it. */
export const engagement: (options: EngagementOptions) => EngagementPlugin = inkling.engagement
`
