/** The package as a user gets it: packed, and installed into an empty folder, once for all checks. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import manifest from '../package.json' with { type: 'json' }

export interface Consumer {
  /** A project that has installed the package. */
  readonly folder: string
  /** What `npm pack` made. */
  readonly tarball: string
  /** What is in it. */
  readonly files: readonly { readonly path: string; readonly size: number }[]
  /** Of the tarball, in bytes. */
  readonly size: number
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly consumer: Consumer
  }
}

/**
 * What users have beside the package: the types of Node, the TypeScript that most of them have, and either Express in an
 * application of theirs. No types of Express, and no analytics.js.
 */
const BESIDE = [
  `@types/node@${manifest.devDependencies['@types/node']}`,
  'typescript-5@npm:typescript@~5.9.3',
  'express-4@npm:express@^4.22.0',
  'express-5@npm:express@^5.3.0',
]

/** The Node that runs this, whatever the system's is. */
export const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
}
export const run: typeof execFile.__promisify__ = promisify(execFile)
export const root: string = resolve(import.meta.dirname, '..')

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'inkling-package-'))
  // The build has run; running it again would mix its output with the report.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { cwd: root, env })
  const [{ filename, files, size }]: [{ filename: string } & Pick<Consumer, 'files' | 'size'>] = JSON.parse(stdout)
  const tarball = join(folder, filename)
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await run('npm', ['install', '--no-audit', '--no-fund', tarball, ...BESIDE], { cwd: folder, env })
  project.provide('consumer', { folder, tarball, files, size })
  return () => rm(folder, { recursive: true, force: true })
}
