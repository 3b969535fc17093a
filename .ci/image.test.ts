/** The container image, without Docker: its Dockerfile by its rules, and what it makes when its steps are followed by hand. */
import { spawn, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import lock from '../package-lock.json' with { type: 'json' }
import { root, run } from './consumer.ts'
import { type Built, follow, parseDockerfile } from './dockerfile.ts'

const stages = parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'))
const image = stages.at(-1)
const all = stages.flatMap(({ instructions }) => instructions)
const the = (name: string) => image?.instructions.find(instruction => instruction.name === name)?.text ?? ''
const indexOf = (name: string) => image?.instructions.findIndex(instruction => instruction.name === name) ?? -1

test('every stage begins with the Node that the tests run on', () => {
  expect(new Set(stages.map(({ base }) => base))).toEqual(new Set([`node:${manifest.devDependencies.node}-slim`]))
})

test('it runs as nobody of rank, named by number, and as itself: without a shell that would keep signals', () => {
  expect(the('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  expect(indexOf('USER')).toBeGreaterThan(image?.instructions.findLastIndex(({ name }) => name === 'RUN') ?? 0)
  for (const form of ['ENTRYPOINT', 'CMD']) expect(Array.isArray(JSON.parse(the(form)))).toBe(true)
  expect(the('HEALTHCHECK')).toMatch(/ CMD \[.*\]$/)
})

test('what it keeps is kept in a volume, and it carries no secret', () => {
  expect(the('ENV')).toContain(`DATA_DIR=${the('VOLUME')}`)
  expect(the('ENV')).toContain(`PORT=${the('EXPOSE')}`)
  expect(all.filter(({ text }) => /SECRET|TOKEN|API_KEY/.test(text))).toEqual([])
})

test('packages come from the lockfile, and nothing from an address', () => {
  const installs = all.filter(({ name, text }) => name === 'RUN' && /npm (ci|i|install)\b/.test(text))
  expect(installs.map(({ text }) => text)).toEqual(['npm ci --ignore-scripts', 'npm ci --omit=dev --ignore-scripts'])
  expect(all.filter(({ name, text }) => name === 'ADD' || /curl|wget|apt/.test(text))).toEqual([])
})

test('what is copied is let in, and nothing else is', () => {
  const [everything, ...letIn] = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
  const copied = all
    .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from'))
    .flatMap(({ text }) => text.split(' ').slice(0, -1))
  expect(everything).toBe('*')
  expect(new Set(letIn)).toEqual(new Set(copied.map(path => `!${path}`)))
})

let place = ''
let built: Built
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'inkling-image-'))
  chmodSync(place, 0o755)
  built = follow(stages, root, place)
})
afterAll(() => rmSync(place, { recursive: true, force: true }))

test('it holds what runs and no tool of ours', async () => {
  const { stdout } = await run('du', ['-sk', built.workdir])
  const megabytes = Math.round(Number.parseInt(stdout, 10) / 1_000)
  process.stdout.write(`in the image beside Node: ${megabytes} MB\n`)
  expect(megabytes).toBeLessThan(100)
  const tools = Object.entries(lock.packages).flatMap(([path, about]) => ('dev' in about ? [path] : []))
  expect(tools).toContain('node_modules/vitest')
  expect(tools.filter(path => existsSync(join(built.workdir, path)))).toEqual([])
})

const SECRET = 'a secret of this test, long enough'

/** Starts the container's process as its user, which only root can; anybody else starts it as themselves. */
function containerOptions() {
  const [uid, gid] = the('USER').split(':').map(Number)
  const env = { ...built.env, DATA_DIR: join(built.root, the('VOLUME')), SEGMENT_SHARED_SECRET: SECRET }
  return { cwd: built.workdir, env, ...(process.getuid?.() === 0 && { uid, gid }) }
}

async function start() {
  const [command, ...args]: string[] = [...JSON.parse(the('ENTRYPOINT')), ...JSON.parse(the('CMD'))]
  const options = containerOptions()
  const env = { ...options.env, PORT: '0' }
  const child = spawn(command ?? '', args, { ...options, env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) {
    const { kind, url }: { kind: string; url: string } = JSON.parse(line)
    if (kind === 'started') return { child, port: new URL(url).port }
  }
  throw new Error('the container ended before it listened')
}

test('as its user it serves, is found healthy, keeps what it is sent, and stops when asked', async () => {
  const { child, port } = await start()
  const body = JSON.stringify({ type: 'track', event: 'Product Added', userId: 'ada', messageId: 'm1' })
  const headers = { 'x-signature': createHmac('sha1', SECRET).update(body).digest('hex') }
  expect((await fetch(`http://127.0.0.1:${port}/segment`, { method: 'POST', body, headers })).status).toBe(200)
  expect(healthOf(port)).toBe(0)

  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(healthOf(port)).toBe(1)
  const kept = statSync(join(built.root, the('VOLUME'), 'log.db'))
  expect(kept.uid).toBe(process.getuid?.() === 0 ? Number(the('USER').split(':')[0]) : process.getuid?.())
})

/** The exit code of its health check. */
function healthOf(port: string): number | null {
  const [command = '', ...args]: string[] = JSON.parse(the('HEALTHCHECK').replace(/^.* CMD /, ''))
  const options = containerOptions()
  return spawnSync(command, args, { ...options, env: { ...options.env, PORT: port } }).status
}
