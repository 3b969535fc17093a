import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { send } from '../../../src/connectors/request.ts'
import { isHeld, underGrip } from '../../../src/destination/delivery/grip.ts'

test('what was leased under a grip that is lost is not sent, not even by a call that goes on for long', async () => {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    response.end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const ask = (path: string) =>
    send(
      { method: 'POST', url: `http://127.0.0.1:${address.port}${path}`, headers: {}, answers: 'json' },
      { mayCall: isHeld },
    )
  let isLost = false
  const flight = underGrip(
    () => !isLost,
    async () => {
      const first = await ask('/first')
      isLost = true
      return [first, await ask('/second')]
    },
  )
  expect(await flight).toMatchObject([
    { kind: 'answered' },
    { kind: 'unanswered', mayHaveArrived: false, reason: expect.stringContaining('away') },
  ])
  await ask('/anybody')
  expect(paths).toEqual(['/first', '/anybody'])
})
