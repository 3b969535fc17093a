/** The package as a user gets it: packed, installed into an empty folder, and used there. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
let folder = ''
let packed: readonly string[] = []
// The Node that runs this test, whatever the system's is.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}` }
const npx = (...args: readonly string[]) => run('npx', ['--no-install', ...args], { cwd: folder, env })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inkling-package-'))
  // The build has run; running it again would mix its output with the report.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { cwd: root, env })
  const [{ filename, files }]: [{ filename: string; files: { path: string }[] }] = JSON.parse(stdout)
  packed = files.map(({ path }) => path)
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const types = `@types/node@${manifest.devDependencies['@types/node']}`
  await run('npm', ['install', '--no-audit', '--no-fund', join(folder, filename), types], { cwd: folder, env })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('the package holds what was built, its papers and nothing else', () => {
  const outside = packed.filter(path => !path.startsWith('dist/'))
  expect(outside.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
})

test('no test and no source is in it', () => {
  expect(packed.filter(path => /(^|\/)test\/|\.test\.|(?<!\.d)\.ts$|\.map$/.test(path))).toEqual([])
})

test('every entry leads to a file with types', () => {
  const entries = [manifest.exports['.'], manifest.exports['./destination'], manifest.exports['./browser']]
  const missing = entries.flatMap(({ types, default: code }) =>
    [types, code].filter(path => !packed.includes(path.replace('./', ''))),
  )
  expect(missing).toEqual([])
})

test('the plugin is there as one script for pages without a bundler', () => {
  expect(packed).toContain('dist/inkling.js')
})

test('every entry can be imported', async () => {
  const script = `
    const [{ defineConfig }, { createDestination }, { engagement }] = await Promise.all(
      ['segment-inkling', 'segment-inkling/destination', 'segment-inkling/browser'].map(name => import(name)))
    console.log(typeof defineConfig, typeof createDestination, typeof engagement)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env })
  expect(stdout.trim()).toBe('function function function')
})

test.each([false, true])('the types hold for a strict user, with skipLibCheck %s', async skipLibCheck => {
  await writeFile(join(folder, 'user.ts'), USER)
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck },
    ...{ target: 'es2024', lib: ['es2024', 'dom'], module: 'nodenext', types: ['node'], noEmit: true },
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['user.ts'] }))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const mistakes = await run(process.execPath, [tsc, '-p', folder], { env }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  )
  expect(mistakes).toBe('')
})

const USER = `
import { createServer } from 'node:http'
import { defineConfig, type InklingConfig } from 'segment-inkling'
import { type EngagementOptions, engagement } from 'segment-inkling/browser'
import { createDestination, type Destination } from 'segment-inkling/destination'

export const config: InklingConfig = defineConfig({ moments: { cartAbandoned: { after: '45m' } } })
// @ts-expect-error a duration has a unit
defineConfig({ moments: { cartAbandoned: { after: 45 } } })
const options: EngagementOptions = { pageType: page => (page.path === '/' ? 'home' : undefined) }
export const name: string = engagement(options).name
export const destination: Destination = await createDestination({ environment: process.env, config })
createServer(destination.handler)
`

test('the command says what it can do', async () => {
  const { stdout } = await npx('inkling', '--help')
  expect(stdout).toContain('Usage: inkling <command>')
})

test('the command explains the configuration it finds, written in TypeScript', async () => {
  const config = `import { defineConfig } from 'segment-inkling'
    export default defineConfig({ moments: { cartAbandoned: { after: '45m' } } })`
  await writeFile(join(folder, 'inkling.config.ts'), config)
  const { stdout } = await npx('inkling', 'check')
  expect(stdout).toContain('Cart Abandoned: after 45 min')
})

test('the service starts, is ready, and stops when asked', async () => {
  const { child, line } = await started(['serve'], { PORT: '0' }, /"started"/)
  const { url }: { url: string } = JSON.parse(line)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  expect(await stopped(child)).toBe(0)
})

test('the demo starts from the package, shop and all', async () => {
  const { child, line } = await started(['demo', '--port', '0'], {}, /now know, live/)
  const live = /http:\S+/.exec(line)?.[0] ?? ''
  const shop = live.replace(/\/live$/, '')
  const answers = await Promise.all([live, shop, `${shop}/shop.js`, `${shop}/shop.css`].map(url => fetch(url)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(await stopped(child)).toBe(0)
})

/** Starts the installed command and waits for a line that fits. */
async function started(args: readonly string[], more: Readonly<Record<string, string>>, awaited: RegExp) {
  const command = join(folder, 'node_modules/segment-inkling/dist/src/destination/main.js')
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) if (awaited.test(line)) return { child, line }
  throw new Error(`inkling ${args.join(' ')} ended before it said ${awaited}`)
}

async function stopped(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  return child.exitCode
}
