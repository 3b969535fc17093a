/**
 * The service is killed at random moments under load, with a platform that fails, and started again: nothing acknowledged
 * is lost, and nothing counts twice.
 *
 * `CRASH_ROUNDS` says how many rounds (default 6), `CRASH_SEED` the first one's seed: a failing round names its own, and
 * `CRASH_SEED=<seed> CRASH_ROUNDS=1` runs the same people, faults and kills again. The kernel's scheduling is not part of
 * the seed, so a failure may need several tries to come back.
 *
 * What this cannot show: `kill -9` ends the process, not the machine. What was written and not synced stays in the
 * kernel's cache and is there after the restart, so a missing fsync passes here; that needs a power cut, or a disk that
 * forgets what was not synced.
 */
import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { runRound } from './round.ts'
import { differences, wasTimely } from './verdict.ts'

const rounds = Number(process.env.CRASH_ROUNDS ?? 6)
const first = Number(process.env.CRASH_SEED ?? randomInt(2 ** 31))
const seeds = Array.from({ length: rounds }, (_, index) => first + index)

describe.concurrent('killed at random moments and started again', () => {
  test.for(seeds)('it loses nothing and does nothing twice (seed %i)', { timeout: 120_000 }, async seed => {
    const round = await runRound({ seed })
    expect(differences(round), `CRASH_SEED=${seed} CRASH_ROUNDS=1 runs it again`).toEqual([])
    expect(round.kills).toBeGreaterThan(0)
    const timely = round.visits.filter(wasTimely).length
    process.stderr.write(
      `seed ${seed}: ${round.kills} kills, ${round.visits.length} people (${timely} never kept waiting), ` +
        `${round.standIn.requests().length} requests, ${round.standIn.events().length} events\n`,
    )
  })
})
