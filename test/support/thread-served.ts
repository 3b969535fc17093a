/** The inside of a thread under test. */
import { serveThread } from '../../src/destination/thread.ts'

serveThread((data: string) => {
  if (data === 'nothing') throw new Error('it cannot be opened')
  const kept: unknown[] = []
  const served = {
    append: (value: unknown) => kept.push(value),
    all: () => kept,
    fail: () => {
      throw Object.assign(new Error('it failed'), { name: 'StoreError', code: 'unreadable' })
    },
    slow: () => new Promise(resolve => setTimeout(() => resolve('done'), 50)),
    die: () =>
      new Promise(() => {
        setImmediate(() => {
          throw new Error('it died')
        })
      }),
  }
  return { served, opened: `opened with ${data}` }
})
