/** What every log promises, whatever it is made of. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Log, LogEntry } from '../../src/destination/intake/log.ts'

/** One place where a log lives; opening it twice in a row shows what survives. */
export interface LogPlace {
  open(): Log | Promise<Log>
  remove(): void
}

export function logContract(name: string, createPlace: () => LogPlace): void {
  describe(`the ${name} log`, () => {
    const cleanups: (() => void | Promise<void>)[] = []
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    })
    function place(): LogPlace {
      const made = createPlace()
      cleanups.push(() => made.remove())
      return made
    }
    async function opened(where: LogPlace): Promise<Log> {
      const log = await where.open()
      cleanups.push(() => log.close())
      return log
    }

    test('starts empty, with its head at 0', async () => {
      const log = await opened(place())
      expect(log.head()).toBe(0)
      expect(await log.read(0, 10)).toEqual([])
    })

    test('numbers entries from 1 in the order they were appended', async () => {
      const log = await opened(place())
      const positions = await Promise.all(['a', 'b', 'c'].map(body => log.append(entry(body), [])))
      expect(positions).toEqual([1, 2, 3])
      expect(log.head()).toBe(3)
      expect(bodies(await log.read(0, 10))).toEqual(['a', 'b', 'c'])
    })

    test('gives back every byte, the call and the time of receipt', async () => {
      const log = await opened(place())
      const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      await log.append({ call: 'screen', receivedAt: 1_795_222_302_900, body }, [])
      const [read] = await log.read(0, 1)
      expect(read).toMatchObject({ position: 1, call: 'screen', receivedAt: 1_795_222_302_900 })
      expect([...(read?.body ?? [])]).toEqual([...body])
    })

    test('reads after a position, and no more than asked for', async () => {
      const log = await opened(place())
      await Promise.all(['a', 'b', 'c', 'd'].map(body => log.append(entry(body), [])))
      expect(bodies(await log.read(1, 2))).toEqual(['b', 'c'])
      expect(await log.read(4, 10)).toEqual([])
    })

    test('moves its head only once an entry is durable', async () => {
      const log = await opened(place())
      const appended = log.append(entry('a'), [])
      expect(log.head()).toBe(0)
      expect(await log.read(0, 10)).toEqual([])
      await appended
      expect(log.head()).toBe(1)
    })

    test('keeps what was acknowledged, and goes on counting, when it is opened again', async () => {
      const where = place()
      const before = await where.open()
      await before.append(entry('a'), [{ index: 0, reason: 'type: found nothing' }])
      await before.close()
      const log = await opened(where)
      expect(log.head()).toBe(1)
      expect(await log.append(entry('b'), [])).toBe(2)
      expect(bodies(await log.read(0, 10))).toEqual(['a', 'b'])
    })

    test('acknowledges what is under way when it is closed', async () => {
      const where = place()
      const before = await where.open()
      const appended = before.append(entry('a'), [])
      await before.close()
      expect(await appended).toBe(1)
      expect(bodies(await (await opened(where)).read(0, 10))).toEqual(['a'])
    })

    test('refuses to append once it is closed, and may be closed twice', async () => {
      const log = await place().open()
      await log.close()
      await log.close()
      await expect(log.append(entry('a'), [])).rejects.toThrow('closed')
    })
  })
}

export function entry(body: string): LogEntry {
  return { call: 'track', receivedAt: 1_000, body: Buffer.from(body) }
}

export function bodies(entries: readonly LogEntry[]): readonly string[] {
  return entries.map(({ body }) => Buffer.from(body).toString())
}
