/** The command of the installed package: found by npx, serving, showing the demo, stopping. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, inject, onTestFinished, test } from 'vitest'
import { env, run } from './consumer.ts'

const { folder, tarball } = inject('consumer')
const npx = (...args: readonly string[]) => run('npx', ['--no-install', ...args], { cwd: folder, env })

test.each(['inkling', 'segment-inkling'])('npx %s says what it can do', async name => {
  const { stdout } = await npx(name, '--help')
  expect(stdout).toContain('Usage: inkling <command>')
})

test('the command explains the configuration it finds, written in TypeScript', async () => {
  const config = `import { defineConfig } from 'segment-inkling'
    export default defineConfig({ moments: { cartAbandoned: { after: '45m' } } })`
  await writeFile(join(folder, 'inkling.config.ts'), config)
  const { stdout } = await npx('inkling', 'check')
  expect(stdout).toContain('Cart Abandoned: after 45 min')
})

test('the service starts, takes a signed webhook and no other, and stops when asked', async () => {
  const command = join(folder, 'node_modules/.bin/inkling')
  const { child, line } = await started(command, ['serve'], { PORT: '0', SEGMENT_SHARED_SECRET: SECRET }, /"started"/)
  const { url }: { url: string } = JSON.parse(line)
  const answers = [
    await fetch(`${url}/healthz`),
    await fetch(`${url}/readyz`),
    await fetch(`${url}/segment`, signed(SECRET)),
    await fetch(`${url}/segment`, signed('another secret')),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401])
  expect(await stopped(child)).toBe(0)
})

const SECRET = 'a secret of this test, long enough'

function signed(secret: string): RequestInit {
  const body = JSON.stringify({ type: 'track', event: 'Product Added', userId: 'ada', messageId: 'm1' })
  return { method: 'POST', body, headers: { 'x-signature': createHmac('sha1', secret).update(body).digest('hex') } }
}

test('in an empty folder, npx fetches the package and starts the demo, shop and all', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'inkling-empty-'))
  onTestFinished(() => rm(empty, { recursive: true, force: true }))
  // What npx installs stays in its cache: here it goes to a cache of its own that shares what was fetched before.
  const cache = join(empty, 'cache')
  const { stdout } = await run('npm', ['config', 'get', 'cache'], { env })
  await mkdir(cache)
  await symlink(join(stdout.trim(), '_cacache'), join(cache, '_cacache'))
  const args = ['--yes', `file:${tarball}`, 'demo', '--port', '0']
  const { child, line } = await started('npx', args, { npm_config_cache: cache }, /now know, live/, empty)
  const live = /http:\S+/.exec(line)?.[0] ?? ''
  const shop = live.replace(/\/live$/, '')
  const answers = await Promise.all([live, shop, `${shop}/shop.js`, `${shop}/shop.css`].map(url => fetch(url)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  await stopped(child)
})

test('npm finds nothing missing and nothing out of place', async () => {
  const { stdout } = await run('npm', ['ls', '--all', '--json'], { cwd: folder, env, maxBuffer: 10_000_000 })
  const { problems }: { problems?: readonly string[] } = JSON.parse(stdout)
  expect(problems ?? []).toEqual([])
})

test('nothing that is installed with it has a known vulnerability of high severity', async ({ skip }) => {
  const args = ['audit', '--omit=dev', '--audit-level=high', '--json']
  const { stdout } = await run('npm', args, { cwd: folder, env }).catch((failed: { stdout: string }) => failed)
  const { vulnerabilities, message }: { vulnerabilities?: object; message?: string } = JSON.parse(stdout)
  if (vulnerabilities === undefined) return skip(`this registry answers no audit: ${message}`)
  const severe = Object.entries(vulnerabilities).filter(([, { severity }]) => /high|critical/.test(severity))
  expect(severe.map(([name]) => name)).toEqual([])
})

/** Starts a command and waits for a line that fits. */
async function started(
  command: string,
  args: readonly string[],
  more: Readonly<Record<string, string>>,
  awaited: RegExp,
  cwd = folder,
) {
  // A group of its own: npx does not pass a signal on to what it runs.
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const child = spawn(command, args, { cwd, env: { ...env, ...more }, stdio: [...stdio], detached: true })
  for await (const line of createInterface(child.stdout)) if (awaited.test(line)) return { child, line }
  throw new Error(`${command} ${args.join(' ')} ended before it said ${awaited}`)
}

async function stopped(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'close')
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
  await ended
  return child.exitCode
}
