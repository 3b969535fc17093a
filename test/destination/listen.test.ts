import { expect, onTestFinished, test } from 'vitest'
import { listen } from '../../src/destination/listen.ts'

test.each([
  ['straight from the internet', false, 'timeout=5'],
  ['behind a proxy, longer than a proxy keeps its own', true, 'timeout=65'],
])('a connection may rest %s', async (_where, isProxied, told) => {
  const listening = await listen((_request, response) => void response.end(), { host: '127.0.0.1', port: 0, isProxied })
  onTestFinished(() => listening.close(0))
  const response = await fetch(`http://127.0.0.1:${listening.port}`)
  expect(response.headers.get('keep-alive')).toBe(told)
})
