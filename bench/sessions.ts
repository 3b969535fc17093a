/**
 * What fires for real people: recorded sessions as Segment messages, played through the engine under the default policy.
 * `npm run bench:sessions`, or with the names of some data sets. Prints figures over all sessions, and nothing else of them.
 */
import { createProgress } from '../src/destination/commands/progress.ts'
import { count } from '../src/destination/commands/table.ts'
import { defaultPolicy } from '../src/destination/engine/policy.ts'
import { hasShared } from '../test/support/shared.ts'
import { ottoSample } from './sessions/otto.ts'
import { play } from './sessions/play.ts'
import { report } from './sessions/report.ts'
import { serpEvtrack } from './sessions/serp-evtrack.ts'
import { serpHover } from './sessions/serp-hover.ts'
import type { DataSet } from './sessions/session.ts'
import { shopClickstream } from './sessions/shop-clickstream.ts'

const DATA_SETS: Readonly<Record<string, () => DataSet>> = {
  'shop-clickstream': shopClickstream,
  'otto-sessions-sample': ottoSample,
  'serp-hover': serpHover,
  'serp-evtrack': serpEvtrack,
}

const asked = process.argv.slice(2)
const unknown = asked.filter(name => !Object.hasOwn(DATA_SETS, name))
if (unknown.length > 0) {
  console.error(`There is no data set ${unknown.join(', ')}. There are: ${Object.keys(DATA_SETS).join(', ')}`)
  process.exitCode = 2
} else if (!hasShared) {
  console.log('skipped: there is no ../shared beside this checkout')
} else {
  const { stderr } = process
  const status = (text: string) => void stderr.write(`\r\x1b[2K${text}`)
  const progress = createProgress({ now: Date.now, ...(stderr.isTTY && { status }) })
  for (const [name, open] of Object.entries(DATA_SETS)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    const data = open()
    const onProgress = (share: number, messages: number) => progress.show(share, `${name}: ${count(messages)} messages`)
    const played = play({ data, policy: defaultPolicy, onProgress })
    progress.clear()
    console.log(`${report(data, played)}\n`)
  }
}
