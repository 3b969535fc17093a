/** What is committed speaks of the project alone: no machine's paths, no download addresses. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const tracked = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean)
const isText = (path: string) => !/\.(png|jpe?g|gif|ico|woff2?)$/.test(path)
const linesWith = (pattern: RegExp) =>
  tracked.filter(isText).flatMap(path =>
    readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  )

test('the lockfile says what to install and not from where', () => {
  const { packages }: { packages: Record<string, { integrity?: string; resolved?: string; link?: boolean }> } =
    JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const entries = Object.entries(packages).filter(([path]) => path !== '')
  expect(entries.length).toBeGreaterThan(50)
  expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  expect(entries.filter(([, { integrity }]) => integrity === undefined)).toEqual([])
})

test('no registry is chosen for whoever installs', () => {
  expect(readFileSync('.npmrc', 'utf8')).not.toMatch(/registry\s*=|_auth/i)
})

test('no file names a path of somebody\u2019s machine', () => {
  expect(
    linesWith(/(?<![\w.-])(\/(home|Users|root|work|workspace)\/[\w.-]+|\/tmp\/[\w-]+\/|[A-Z]:\\+Users\\)/),
  ).toEqual([])
})

test('what is built or measured on a machine is not committed', () => {
  expect(tracked.filter(path => /^(node_modules|dist|data|coverage)(\/|$)|\.(log|db|tgz)$/.test(path))).toEqual([])
})
