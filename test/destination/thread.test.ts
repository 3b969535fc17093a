import { expect, onTestFinished, test } from 'vitest'
import { startThread, type Thread } from '../../src/destination/thread.ts'

async function open(data: unknown = 'data') {
  const lost: string[] = []
  const file = new URL('../support/thread-served.ts', import.meta.url)
  const { thread, opened } = await startThread(file, { data, onLost: error => lost.push(error.message) })
  onTestFinished(() => thread.stop())
  return { thread, opened, lost }
}

const error = (thrown: Promise<unknown>) =>
  thrown.then(
    () => undefined,
    ({ name, code, message }) => ({ name, code, message }),
  )

test('opens what it serves, and calls it by name, in order', async () => {
  const { thread, opened } = await open()
  expect(opened).toBe('opened with data')
  const answers = [thread.call('append', ['a']), thread.call('append', ['b']), thread.call('all', [])]
  expect(await Promise.all(answers)).toEqual([1, 2, ['a', 'b']])
})

test('what cannot be opened is an error of whoever starts it', async () => {
  await expect(open('nothing')).rejects.toThrow('cannot be opened')
})

test('an error keeps its name, code and message; nobody else is concerned', async () => {
  const { thread } = await open()
  const [failed, kept] = [error(thread.call('fail', [])), thread.call('append', ['a'])]
  expect(await failed).toEqual({ name: 'StoreError', code: 'unreadable', message: 'it failed' })
  expect(await kept).toBe(1)
  expect(await error(thread.call('toString', []))).toMatchObject({ message: 'the thread serves no toString' })
})

test('what cannot be copied between threads is refused alone', async () => {
  const { thread } = await open()
  const [refused, kept] = [error(thread.call('append', [() => 1])), thread.call('append', ['a'])]
  expect(await refused).toMatchObject({ name: 'DataCloneError' })
  expect(await kept).toBe(1)
})

test('stopping answers what was asked before', async () => {
  const { thread, lost } = await open()
  const asked = thread.call('slow', [])
  await thread.stop()
  expect(await asked).toBe('done')
  expect(await error(thread.call('all', []))).toBeDefined()
  expect(lost).toEqual([])
})

test('a thread that ends by itself is told about, and answers nobody any more', async () => {
  const { thread, lost } = await open()
  const dying = (method: string) => error((thread satisfies Thread).call(method, []))
  expect(await Promise.all([dying('die'), dying('all')])).toMatchObject([
    { message: 'it died' },
    { message: 'it died' },
  ])
  expect(lost).toEqual(['it died'])
  expect(await dying('all')).toMatchObject({ message: 'it died' })
})
