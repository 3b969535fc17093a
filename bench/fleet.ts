/**
 * Three processes on one topic and one database suffer, hundreds of times (`test/crash/fleet.ts`): killed, stopped in their
 * tracks for longer than anybody waits, restarted; broker and database killed. Several rounds go at once, with a topic, a
 * database and processes of their own, on one broker and one Postgres.
 *
 * npm run bench:fleet -- [rounds] [seed] [at once]
 */
import { randomInt } from 'node:crypto'
import { startOwnServers } from '../test/crash/restarts.ts'
import { runRound } from '../test/crash/round.ts'
import { differences } from '../test/crash/verdict.ts'
import { printTable } from './plugin/table.ts'

const [rounds = 200, first = randomInt(2 ** 30), atOnce = 3] = process.argv.slice(2).map(Number)
const servers = await startOwnServers()
const sum = { rounds: 0, misfortunes: 0, acknowledged: 0, requests: 0, failed: 0 }

async function next(): Promise<void> {
  while (sum.rounds < rounds) {
    const seed = first + sum.rounds
    sum.rounds += 1
    try {
      const round = await runRound({ seed, people: 12, kills: { load: 4, settling: 1 }, fleet: servers.fleet })
      const wrong = differences(round)
      sum.misfortunes += round.kills
      sum.acknowledged += round.visits.reduce((count, { sent }) => count + sent.length, 0)
      sum.requests += round.standIn.requests().length
      if (wrong.length > 0) tell(seed, wrong)
    } catch (error) {
      tell(seed, [String(error)])
    }
    if (sum.rounds % 10 === 0) process.stderr.write(`${sum.rounds} rounds\n`)
  }
}

function tell(seed: number, wrong: readonly string[]): void {
  sum.failed += 1
  console.log(`seed ${seed}:\n  ${wrong.slice(0, 20).join('\n  ')}`)
}

await Promise.all(Array.from({ length: atOnce }, next))
const { kafka, postgres } = servers.restarts()
await servers.stop()
printTable(
  [
    ...['rounds', 'misfortunes', 'of them the broker killed', 'and Postgres', 'requests acknowledged'],
    ...['requests at the platform', 'rounds with something lost or doubled'],
  ],
  [[sum.rounds, sum.misfortunes, kafka, postgres, sum.acknowledged, sum.requests, sum.failed]],
)
console.log(`\nThe first seed was ${first}; FLEET_SEED=<seed> FLEET_ROUNDS=1 runs one again.`)
process.exitCode = sum.failed > 0 ? 1 : 0
