import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { Heard, Hook, SignedRequest } from '../../../src/connectors/feedback.ts'
import { type Kept, NOTHING_KEPT } from '../../../src/destination/feedback/keep.ts'
import { createHooksRouter, type HooksDeps, MAX_HOOK_BYTES } from '../../../src/destination/routes/hooks.ts'
import { NOW, type Service, startService } from './service.ts'

/** A platform whose signature is a header that says `yes`; it tells what its body says. */
const hook: Hook = {
  platform: 'braze',
  verify: ({ header }) => {
    const claim = header('x-claim')
    return claim === 'genuine' || claim === 'forged' || claim === 'stale' ? claim : 'unsigned'
  },
  read: async body => {
    if (Array.isArray(body)) return { kind: 'heard', heard: body.map(() => ({ kind: 'ignored', why: 'other' })) }
    return body === 'busy' ? { kind: 'retry', reason: 'busy' } : { kind: 'unreadable', reason: 'expected a list' }
  },
}

interface Hooked extends Service {
  /** What was kept, request by request. */
  readonly kept: (readonly Heard[])[]
}

async function open(deps: Partial<HooksDeps> = {}): Promise<Hooked> {
  const kept: (readonly Heard[])[] = []
  const keep = async (_platform: string, heard: readonly Heard[]): Promise<Kept> => {
    kept.push(heard)
    return { ...NOTHING_KEPT, kept: heard.length }
  }
  const events: unknown[] = []
  const hooks = createHooksRouter({
    ...{ hooks: [hook], keep, now: () => NOW, overloaded: () => false, onEvent: event => events.push(event), ...deps },
  })
  return { ...(await startService({}, undefined, hooks)), kept }
}

const genuine = { 'x-claim': 'genuine' }

async function outcome(response: Response): Promise<readonly [number, string, string | null]> {
  const { success, error } = await response.json()
  expect(success).toBe(false)
  expect(error.message.length).toBeGreaterThan(20)
  return [response.status, error.code, response.headers.get('retry-after')]
}

test('what a platform tells is answered once it is kept', async () => {
  const service = await open()
  const answer = await service.post('/hooks/braze', '[1,2]', genuine)
  expect([answer.status, await answer.json()]).toEqual([200, { success: true }])
  expect(service.kept).toEqual([[expect.anything(), expect.anything()]])
})

test.each([
  ['without its headers', {}, 'hook_unsigned'],
  ['with a wrong signature', { 'x-claim': 'forged' }, 'hook_forged'],
  ['too late', { 'x-claim': 'stale' }, 'hook_stale'],
])('what comes %s is refused, and nothing is read', async (_how, headers, code) => {
  const service = await open()
  expect(await outcome(await service.post('/hooks/braze', '[1]', headers))).toEqual([401, code, null])
  expect(service.kept).toEqual([])
})

test('a platform whose secret is not set is told so; another name is no route', async () => {
  const service = await open()
  expect(await outcome(await service.post('/hooks/klaviyo', '{}', genuine))).toEqual([404, 'hook_off', null])
  expect(await outcome(await service.post('/hooks/constructor', '{}', genuine))).toEqual([404, 'not_found', null])
  const { status } = await fetch(`${service.url}/hooks/braze`)
  expect(status).toBe(404)
})

test.each([
  ['no JSON', '{"events":[', 400, 'hook_unreadable', null],
  ['nothing', '', 400, 'hook_unreadable', null],
  ['JSON of another shape', '{}', 400, 'hook_unreadable', null],
  ['people whom the platform does not name now', '"busy"', 503, 'hook_unresolved', '5'],
])('a body of %s is refused without repeating it', async (_what, body, status, code, retryAfter) => {
  const service = await open()
  const answer = await service.post('/hooks/braze', body, genuine)
  expect(await outcome(answer)).toEqual([status, code, retryAfter])
  expect(service.kept).toEqual([])
})

test('a body that is too large is refused as such, so that Braze sends less at once', async () => {
  const service = await open()
  expect((await service.post('/hooks/braze', '[]'.padEnd(MAX_HOOK_BYTES, ' '), genuine)).status).toBe(200)
  const answer = await service.post('/hooks/braze', '[]'.padEnd(MAX_HOOK_BYTES + 1, ' '), genuine)
  expect(await outcome(answer)).toEqual([413, 'too_large', null])
})

test('above the backlog bound, and when the log refuses, platforms are told to come again', async () => {
  const full = await open({ overloaded: () => true })
  expect(await outcome(await full.post('/hooks/braze', '[1]', genuine))).toEqual([503, 'overloaded', '5'])
  const broken = await open({ keep: () => Promise.reject(new Error('disk full')) })
  expect(await outcome(await broken.post('/hooks/braze', '[1]', genuine))).toEqual([503, 'not_stored', '5'])
})

test('a platform that hangs up midway leaves nothing', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const service = await open({ onEvent: resolve })
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.write('POST /hooks/braze HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n[1')
  await new Promise(answered => socket.once('data', answered))
  socket.destroy()
  expect(await promise).toEqual({ kind: 'request aborted' })
})

/** The address a request is verified with. */
async function addressSeen(deps: Partial<HooksDeps>, headers: Record<string, string> = {}): Promise<string> {
  const seen: SignedRequest[] = []
  const watching: Hook = {
    ...hook,
    verify: request => {
      seen.push(request)
      return 'genuine'
    },
  }
  const service = await open({ hooks: [watching], ...deps })
  await service.post('/hooks/braze?a=1', '[]', headers)
  return (seen[0]?.url ?? '').replace(new URL(service.url).host, 'HOST')
}

test('the address that was signed is the one the platform called, also behind a proxy', async () => {
  expect(await addressSeen({})).toBe('http://HOST/hooks/braze?a=1')
  const forwarded = { 'x-forwarded-host': 'shop.example, inner', 'x-forwarded-proto': 'https' }
  expect(await addressSeen({}, forwarded)).toBe('https://shop.example/hooks/braze?a=1')
  expect(await addressSeen({}, { 'x-forwarded-for': '1.2.3.4' })).toBe('https://HOST/hooks/braze?a=1')
  const publicUrl = 'https://shop.example/inkling'
  expect(await addressSeen({ publicUrl }, forwarded)).toBe('https://shop.example/inkling/hooks/braze?a=1')
})
