import { type ChildProcess, execFile } from 'node:child_process'
import { mkdtemp, readdir, rmdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { type RunningDemo, runDemo } from './run-demo.ts'

const ADDRESSES = /The shop\s+(http\S+)[\s\S]+listens on (http\S+);/

let demo: RunningDemo | undefined
afterEach(async () => {
  demo?.process.kill('SIGINT')
  await demo?.ended
})

describe('the scripted visitor', () => {
  test('tells a visit from the first page to the abandoned cart', { timeout: 180_000 }, async () => {
    demo = runDemo(['--auto', '--port', '0'])
    expect(await demo.ended, demo.errors()).toBe(0)
    const story = demo.output()
    const behaviours = [...story.matchAll(/^ {2}\d\d:\d\d:\d\d {2}browser {2}(.+)$/gm)].map(([, what]) => what)
    expect(behaviours).toEqual([
      'opens the shop',
      'rests the pointer on the rubber fig for 8 s',
      'scrolls through a long article',
      'lingers on the plans for 10 s',
      'goes back to the rubber fig and puts it into the cart',
      'fills in the form as robin@example.com',
      'closes the tab, the fig still in the cart',
    ])
    for (const platform of ['Klaviyo', 'HubSpot', 'Braze'])
      for (const event of ['Engagement Level Reached', 'Pricing Intent Detected', 'Cart Abandoned']) {
        const line = `^ {2}\\d\\d:\\d\\d:\\d\\d {2}${platform} +${event}.* {2}\\d+\\.\\d\\d s`
        expect(story.match(new RegExp(line, 'gm')), `${event} at ${platform}`).toHaveLength(1)
      }
    expect(story).toMatch(/Inkling {2}holds .*Pricing Intent Detected.* until there is an e-mail address/)
    expect(story).toContain('robin@example.com in Klaviyo, HubSpot, Braze')
    expect(story).toMatch(/inkling_level +high/)
    expect(story).toMatch(/Cart Abandoned\n +reason +Left 1 item worth 48 EUR in the cart/)
    expect(story).not.toContain('\u001B')
  })
})

test('Ctrl-C during the visit ends the visitor, the shop and the destination', async () => {
  demo = runDemo(['--port', '0', '--auto'])
  await demo.until(/rests the pointer/)
  const children = await childrenOf(demo.process)
  expect(children).toHaveLength(2)
  demo.process.kill('SIGINT')
  expect(await demo.ended).toBe(0)
  expect(demo.errors()).toBe('')
  for (const pid of children) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

describe('the demo by itself', () => {
  test('serves the shop and the live page until Ctrl-C, and leaves nothing behind', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'inkling-test-'))
    demo = runDemo(['--port', '0'], { TMPDIR: temporary })
    const [, shopUrl, destinationUrl] = await demo.until(ADDRESSES)
    expect((await fetch(`${shopUrl}/`)).status).toBe(200)
    expect((await fetch(`${shopUrl}/live`)).status).toBe(200)
    expect((await fetch(`${destinationUrl}/readyz`)).status).toBe(200)
    expect(await readdir(temporary)).toEqual([expect.stringMatching(/^inkling-demo-/)])
    demo.process.kill('SIGINT')
    expect(await demo.ended).toBe(0)
    expect(demo.output()).toContain('Stopped.')
    await expect(fetch(`${destinationUrl}/readyz`)).rejects.toThrow()
    // Fails unless it is empty.
    await rmdir(temporary)
  })

  test('says so and ends with 1 when the destination dies', async () => {
    demo = runDemo(['--port', '0'])
    await demo.until(ADDRESSES)
    const [destination = 0] = await childrenOf(demo.process)
    process.kill(destination, 'SIGKILL')
    expect(await demo.ended).toBe(1)
    expect(demo.errors()).toMatch(/The destination has died \(SIGKILL\)\. It said last:\n.*"started"/)
  })

  test('names the port when the one asked for is taken', async () => {
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    const port = typeof address === 'object' ? address?.port : undefined
    demo = runDemo(['--port', String(port)])
    expect(await demo.ended).toBe(1)
    expect(demo.errors()).toContain(`port ${port} is taken; choose another with --port`)
    taken.close()
  })

  test.each(['http', '-1', '65536'])('refuses the port %s', async port => {
    demo = runDemo([`--port=${port}`])
    expect(await demo.ended).toBe(2)
    expect(demo.errors()).toContain('expected a whole number from 0 to 65535')
  })
})

async function childrenOf({ pid }: ChildProcess): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)('pgrep', ['-P', String(pid)])
  return stdout.trim().split('\n').map(Number)
}
