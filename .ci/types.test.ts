/** The types as a strict user meets them: every compiler, every resolution that knows exports, checked library or not. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { env, root, run } from './consumer.ts'

const { folder } = inject('consumer')

const COMPILERS = {
  'TypeScript 7': join(root, 'node_modules/typescript/bin/tsc'),
  'TypeScript 5.9': join(folder, 'node_modules/typescript-5/bin/tsc'),
}
const RESOLUTIONS = {
  nodenext: { module: 'nodenext' },
  node16: { module: 'node16' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}
const STRICT = {
  ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true },
  ...{ verbatimModuleSyntax: true, target: 'es2024' },
}

/** A server knows no page: it has no types of the DOM. Nor has it the types of Express. */
const SERVER = `
import { createServer } from 'node:http'
import { defineConfig, type InklingConfig } from 'segment-inkling'
import { createDestination, ConfigurationError, type Destination, type LogEvent } from 'segment-inkling/destination'

export const config: InklingConfig = defineConfig({ moments: { cartAbandoned: { after: '45m' } } })
// @ts-expect-error a duration has a unit
defineConfig({ moments: { cartAbandoned: { after: 45 } } })
const onEvent = (event: LogEvent): void => void event.kind
export const destination: Destination = await createDestination({ environment: process.env, config, onEvent })
createServer(destination.handler)
export const problems = (error: unknown) => (error instanceof ConfigurationError ? error.message : '')
`

/** CommonJS, as nodenext understands it. */
const COMMON = `
import type { Destination } from 'segment-inkling/destination'
import destination = require('segment-inkling/destination')
const create: () => Promise<Destination> = () => destination.createDestination({ environment: {} })
export = { create }
`

/** A site knows no server: it has no types of Node. Nor has it analytics.js itself. */
const PAGE = `
import { type EngagementOptions, type EngagementPlugin, engagement, engagementWith, trackHover } from 'segment-inkling/browser'

const options: EngagementOptions = { pageType: page => (page.path === '/' ? 'home' : undefined) }
export const name: string = engagement(options).name
export const few: EngagementPlugin = engagementWith([trackHover])
// @ts-expect-error there is no such option
engagement({ everything: true })
`

const cases = Object.keys(COMPILERS).flatMap(compiler =>
  Object.keys(RESOLUTIONS).flatMap(resolution =>
    [false, true].map(skipLibCheck => ({ compiler, resolution, skipLibCheck })),
  ),
) as readonly Case[]

interface Case {
  readonly compiler: keyof typeof COMPILERS
  readonly resolution: keyof typeof RESOLUTIONS
  readonly skipLibCheck: boolean
}

test.each(cases)(
  'the types hold for a server, with $compiler, $resolution and skipLibCheck $skipLibCheck',
  async options => {
    const common = options.resolution === 'nodenext' ? { 'common.cts': COMMON } : {}
    const mistakes = await compile(
      { 'server.ts': SERVER, ...common },
      { lib: ['es2024'], types: ['node'], ...compilerOptions(options) },
      options,
    )
    expect(mistakes).toBe('')
  },
)

test.each(cases)(
  'the types hold for a page, with $compiler, $resolution and skipLibCheck $skipLibCheck',
  async options => {
    const mistakes = await compile(
      { 'page.ts': PAGE },
      { lib: ['es2020', 'dom'], types: [], ...compilerOptions(options) },
      options,
    )
    expect(mistakes).toBe('')
  },
)

const compilerOptions = ({ resolution, skipLibCheck }: Case) => ({
  ...STRICT,
  ...RESOLUTIONS[resolution],
  skipLibCheck,
})

let projects = 0

/** @returns what the compiler complains of. */
async function compile(
  sources: Readonly<Record<string, string>>,
  compilerOptions: object,
  { compiler }: Case,
): Promise<string> {
  const project = join(folder, `types-${++projects}`)
  await mkdir(project)
  for (const [name, text] of Object.entries(sources)) await writeFile(join(project, name), text)
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: Object.keys(sources) }))
  return run(process.execPath, [COMPILERS[compiler], '-p', project], { env }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  )
}
