/**
 * The service is killed at random moments, hundreds of times, under load and with a platform that fails (`test/crash`); in every
 * other round each kill takes the power too, and what was not synced is gone. Several rounds go at once, each with a folder, a
 * platform and a service of its own.
 *
 * npm run bench:crash -- [rounds] [seed] [at once]
 */
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildShim } from '../test/crash/power.ts'
import { runRound } from '../test/crash/round.ts'
import { differences } from '../test/crash/verdict.ts'
import { printTable } from './plugin/table.ts'

const [rounds = 500, first = randomInt(2 ** 30), atOnce = 8] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'inkling-shim-'))
const shim = buildShim(folder)
const fresh = () => ({ rounds: 0, kills: 0, acknowledged: 0, requests: 0, lost: 0, failed: 0 })
const sums = { 'kill -9': fresh(), 'and the power': fresh() }
let begun = 0

async function next(): Promise<void> {
  while (begun < rounds) {
    const seed = first + begun
    const withPower = shim !== undefined && begun % 2 === 1
    begun += 1
    const sum = sums[withPower ? 'and the power' : 'kill -9']
    sum.rounds += 1
    try {
      const round = await runRound({ seed, ...(withPower && { shim }) })
      const wrong = differences(round)
      sum.kills += round.kills
      sum.lost += round.lost
      sum.acknowledged += round.visits.reduce((count, { sent }) => count + sent.length, 0)
      sum.requests += round.standIn.requests().length
      if (wrong.length > 0) tell(seed, withPower, wrong)
    } catch (error) {
      tell(seed, withPower, [String(error)])
    }
    if (begun % 20 === 0) process.stderr.write(`${begun} rounds\n`)
  }
}

function tell(seed: number, withPower: boolean, wrong: readonly string[]): void {
  sums[withPower ? 'and the power' : 'kill -9'].failed += 1
  console.log(`seed ${seed}${withPower ? ', with the power' : ''}:\n  ${wrong.slice(0, 20).join('\n  ')}`)
}

await Promise.all(Array.from({ length: atOnce }, next))
rmSync(folder, { recursive: true })
printTable(
  [
    '',
    'rounds',
    'kills',
    'messages sent',
    'requests at the platform',
    'writes lost with the power',
    'rounds with something lost or doubled',
  ],
  Object.entries(sums).map(([name, { rounds, kills, acknowledged, requests, lost, failed }]) => [
    ...[name, rounds, kills, acknowledged, requests, lost, failed],
  ]),
)
console.log(`\nThe first seed was ${first}; CRASH_SEED=<seed> CRASH_ROUNDS=1 runs one again.`)
process.exitCode = sums['kill -9'].failed + sums['and the power'].failed > 0 ? 1 : 0
