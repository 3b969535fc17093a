/** What is in the package, and whether every way of importing it leads to a file with types. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { expect, inject, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { env, run } from './consumer.ts'

const { files, folder, size, tarball } = inject('consumer')
const paths = files.map(({ path }) => path)

test('the package holds what was built, its papers and nothing else', () => {
  const outside = paths.filter(path => !path.startsWith('dist/'))
  expect(outside.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
})

test('no test, no source and no map is in it, and of the demo no types', () => {
  const strays = /(^|\/)test\/|\.test\.|(?<!\.d)\.ts$|\.map$|^dist\/examples\/.*\.d\.ts$|\.tsbuildinfo$/
  expect(paths.filter(path => strays.test(path))).toEqual([])
})

test('no file points to a source map that is not there', () => {
  const installed = join(folder, 'node_modules/segment-inkling')
  const scripts = paths.filter(path => path.endsWith('.js'))
  expect(scripts.filter(path => readFileSync(join(installed, path), 'utf8').includes('sourceMappingURL='))).toEqual([])
})

test('the package stays small: what it weighs is printed', () => {
  const unpacked = files.reduce((sum, file) => sum + file.size, 0)
  process.stdout.write(`${paths.length} files, ${kB(size)} packed, ${kB(unpacked)} unpacked\n`)
  expect(size).toBeLessThan(700_000)
  expect(unpacked).toBeLessThan(2_500_000)
})

const kB = (bytes: number) => `${Math.round(bytes / 1_000)} kB`

test('the plugin is there as one script for pages without a bundler', () => {
  expect(paths).toContain('dist/inkling.js')
})

/**
 * We publish modules only. CommonJS gets them by `require` from Node 24 on, which the checker does not know yet; a compiler
 * that resolves as Node 10 did knows nothing of exports.
 */
const KNOWN: Readonly<Record<string, string>> = { node10: 'NoResolution', 'node16-cjs': 'CJSResolvesToESM' }

test('types and code agree for whoever resolves by exports', async () => {
  const checked = await checkPackage(createPackageFromTarballData(readFileSync(tarball)))
  if (checked.types === false) throw new Error('the package has no types')
  expect(Object.keys(checked.entrypoints)).toEqual(Object.keys(manifest.exports))
  const problems = checked.problems.filter(
    problem => !('resolutionKind' in problem && KNOWN[problem.resolutionKind] === problem.kind),
  )
  expect(problems).toEqual([])
})

test('the manifest follows what bundlers and Node expect of one', async () => {
  const { buffer } = new Uint8Array(readFileSync(tarball))
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true })
  expect(messages).toEqual([])
})

test.each(['import', 'require'])('every entry can be had by %s', async how => {
  const names = Object.keys(manifest.exports).filter(name => !name.endsWith('.json'))
  const load =
    how === 'import'
      ? 'name => import(name)'
      : 'name => require("node:module").createRequire(process.cwd() + "/")(name)'
  const script = `Promise.all(${JSON.stringify(names.map(name => name.replace('.', 'segment-inkling')))}.map(${load}))
    .then(([{ defineConfig }, { createDestination }, { engagement }]) =>
      console.log(typeof defineConfig, typeof createDestination, typeof engagement))`
  const { stdout } = await run(process.execPath, ['--input-type=commonjs', '-e', script], { cwd: folder, env })
  expect(stdout.trim()).toBe('function function function')
})

test('the schema can be had by its name', async () => {
  const script = `import('segment-inkling/schema.json', { with: { type: 'json' } }).then(({ default: schema }) => console.log(schema.type))`
  const { stdout } = await run(process.execPath, ['-e', script], { cwd: folder, env })
  expect(stdout.trim()).toBe('object')
})
