/** What keeps a release from being made, in a repository of its own. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

const SCRIPT = resolve('scripts/release.ts')
let folder = ''
const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim()
const write = (path: string, content: string, mode = 0o644) => writeFileSync(join(folder, path), content, { mode })
const commit = () => {
  git('add', '--all')
  git('commit', '--quiet', '--allow-empty', '--message', 'Something')
}
const release = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], { cwd: folder, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inkling-release-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  git('init', '--quiet', '--initial-branch', 'main')
  git('config', 'user.name', 'Somebody')
  git('config', 'user.email', 'somebody@example.com')
  mkdirSync(join(folder, '.ci'))
  write('.ci/run', '#!/bin/sh\nexit 0\n', 0o755)
  write('package.json', JSON.stringify({ version: '1.2.3', repository: 'https://example.com/inkling.git' }))
  write('CHANGELOG.md', '# Changelog\n\n## [1.2.3] - 2026-03-02\n')
  commit()
})

test('a repository in which nothing stands in the way is tagged', () => {
  expect(release('--dry')).toMatchObject({
    status: 0,
    said: expect.stringContaining('Nothing stands in the way of v1.2.3'),
  })
  expect(git('tag')).toBe('')
  expect(release()).toMatchObject({ status: 0, said: expect.stringContaining('git push origin main v1.2.3') })
  expect(git('tag')).toBe('v1.2.3')
})

test('everything that stands in the way is said at once, and nothing is tagged', () => {
  git('tag', 'v1.2.3')
  git('checkout', '--quiet', '-b', 'elsewhere')
  write('CHANGELOG.md', '# Changelog\n\n## [Unreleased]: 1.2.3\n')
  write('package.json', JSON.stringify({ version: '1.2.3' }))
  const { status, said } = release()
  expect(status).toBe(1)
  expect(said.trim().split('\n')).toEqual([
    expect.stringContaining('name the repository'),
    expect.stringContaining('not the branch main'),
    expect.stringContaining('not committed'),
    expect.stringContaining('there already'),
    expect.stringContaining('"## [1.2.3] - "'),
  ])
})

test('a version that is not of three numbers is refused', () => {
  write('package.json', JSON.stringify({ version: '1.2.3-beta', repository: 'https://example.com/inkling.git' }))
  write('CHANGELOG.md', '# Changelog\n\n## [1.2.3-beta] - 2026-03-02\n')
  commit()
  expect(release('--dry')).toEqual({ status: 1, said: expect.stringContaining('expected three numbers') })
})

test('what does not pass its checks is not tagged', () => {
  write('.ci/run', '#!/bin/sh\nexit 1\n', 0o755)
  commit()
  expect(release()).toMatchObject({ status: 1, said: expect.stringContaining('nothing was tagged') })
  expect(git('tag')).toBe('')
})
