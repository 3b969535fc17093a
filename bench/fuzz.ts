/**
 * A million mutated requests, through everything that reads them (`test/fuzz`): parsed, decided on, written to SQLite and read
 * back; deep nesting, huge numbers, lone surrogates, repeated and prototype keys, wrong types everywhere, truncated and
 * flipped bytes. It stops at the first that throws, is refused without a reason, or makes a profile larger than 16 KB, and
 * says how to run it again. Memory is looked at on the way.
 *
 * npm run bench:fuzz -- [requests] [seed] [folder with captured requests]
 */
import { randomInt } from 'node:crypto'
import { fuzz } from '../test/fuzz/run.ts'
import { printTable } from './plugin/table.ts'

const [requests = '1000000', seed = String(randomInt(2 ** 31)), fixtures] = process.argv.slice(2)
const memory: number[] = []
const begun = performance.now()
const { messages, rejected, unreadable, largestProfile } = await fuzz({
  ...{ requests: Number(requests), seed: Number(seed) },
  ...(fixtures !== undefined && { fixtures }),
  onProgress: done => {
    memory.push(process.memoryUsage.rss() / 1e6)
    if (done % 50_000 < 2_000) process.stderr.write(`${done} requests, ${Math.round(memory.at(-1) ?? 0)} MB\n`)
  },
})
const minutes = (performance.now() - begun) / 60_000
const n = (value: number) => Math.round(value).toLocaleString('en')
printTable(
  [
    'requests',
    'messages read',
    'messages refused',
    'requests refused',
    'largest profile, bytes',
    'MB, first tenth / last',
    'minutes',
  ],
  [
    [
      n(Number(requests)),
      n(messages),
      n(rejected),
      n(unreadable),
      n(largestProfile),
      memoryInWords(memory),
      minutes.toFixed(1),
    ],
  ],
)
console.log(`\nSeed ${seed}: none threw, each refusal has a reason.`)

function memoryInWords(values: readonly number[]): string {
  const tenth = Math.max(1, Math.floor(values.length / 10))
  return [values.slice(0, tenth), values.slice(-tenth)].map(part => n(Math.max(...part))).join(' / ')
}
