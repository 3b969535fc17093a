/**
 * How fast a replay is: messages a second from an exported stream on disk, dedupe and timers included, and what it keeps in
 * memory. node bench/replay.ts [messages]
 */
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { sampleStream } from '../scripts/sample-stream.ts'
import { streamJsonl } from '../src/destination/backtest/jsonl.ts'
import { createPlayback } from '../src/destination/backtest/playback.ts'
import { runStream } from '../src/destination/backtest/run.ts'
import { openSeen } from '../src/destination/backtest/seen.ts'
import { createTally } from '../src/destination/backtest/tally.ts'
import { defaultPolicy } from '../src/destination/engine/policy.ts'

const wanted = Number(process.argv[2] ?? 200_000)
const folder = mkdtempSync(join(tmpdir(), 'inkling-bench-'))
const path = join(folder, 'stream.jsonl')
await writeStream(path)

const tally = createTally({ from: 0, to: Number.MAX_SAFE_INTEGER })
const playback = createPlayback(defaultPolicy, ({ profileId, joined, facts }) => {
  for (const { from } of joined) tally.join(from, profileId)
  for (const fact of facts)
    if (fact.kind === 'moment_fired' || fact.kind === 'moment_withheld') tally.note(profileId, fact)
})
const seen = openSeen()
const before = process.memoryUsage().rss
const started = performance.now()
const ran = await runStream({
  stream: streamJsonl({ chunks: createReadStream(path), bytes: statSync(path).size, now: Date.now() }),
  ...{ seen, playbacks: [playback], signal: new AbortController().signal, onProgress: () => undefined },
})
const seconds = (performance.now() - started) / 1000
seen.close()
rmSync(folder, { recursive: true })

const fired = [...tally.people].map(([moment, people]) => `${moment} for ${people.size}`)
console.log(`${ran.messages} messages of ${playback.people.count()} people in ${seconds.toFixed(2)} s`)
console.log(`${Math.round(ran.messages / seconds)} messages/s`)
console.log(`${Math.round((process.memoryUsage().rss - before) / 1e6)} MB more in memory, garbage included`)
console.log(`fired: ${fired.join(', ')}`)

/** About nine messages a person, cut to the number asked for. */
async function writeStream(to: string): Promise<void> {
  const out = createWriteStream(to)
  for (const message of sampleStream(Math.ceil(wanted / 8.5)).slice(0, wanted))
    out.write(`${JSON.stringify(message)}\n`)
  out.end()
  await finished(out)
}
