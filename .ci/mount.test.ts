/** The installed package within an app of somebody else, of either Express that is in use. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, inject, onTestFinished, test } from 'vitest'
import { env } from './consumer.ts'

const { folder } = inject('consumer')
const SECRET = 'a secret of this test, long enough'

const host = (name: string) => `
import express from '${name}'
import { createDestination } from 'segment-inkling/destination'

const environment = { DATA_DIR: './data-${name}', SEGMENT_SHARED_SECRET: '${SECRET}' }
const inkling = await createDestination({ environment })
const app = express()
app.use('/inkling', inkling.handler)
app.use(express.json())
app.post('/orders', ({ body }, response) => response.status(201).json(body))
const server = app.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))
process.once('SIGTERM', () => server.close(() => inkling.stop()))
`

async function start(name: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const file = join(folder, `host-${name}.js`)
  await writeFile(file, host(name))
  const child = spawn(process.execPath, [file], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  for await (const url of createInterface(child.stdout)) return { child, url }
  throw new Error(`${file} ended before it listened`)
}

test.each(['express-4', 'express-5'])('an app of %s keeps its routes and gets ours', async name => {
  const { child, url } = await start(name)
  const body = JSON.stringify({ type: 'track', event: 'Product Added', userId: 'ada', messageId: 'm1' })
  const signature = createHmac('sha1', SECRET).update(body).digest('hex')
  const post = (path: string, headers: Readonly<Record<string, string>>) =>
    fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
  const answers = await Promise.all([
    post('/orders', {}),
    post('/inkling/segment', { 'x-signature': signature }),
    post('/inkling/segment', { 'x-signature': signature.replace(/^./, '-') }),
    fetch(`${url}/inkling/v1/projects/web/settings`),
    fetch(`${url}/inkling/api/deliveries?status=dead`),
    fetch(`${url}/inkling/nowhere`),
    fetch(`${url}/nowhere`),
  ])
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 401, 200, 200, 404, 404])
  const [, , , settings, , ours, theirs] = await Promise.all(answers.map(answer => answer.text()))
  expect(settings).toContain(`${new URL(url).host}/inkling/v1`)
  expect(ours).toContain('not_found')
  expect(theirs).toContain('Cannot GET')
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})
