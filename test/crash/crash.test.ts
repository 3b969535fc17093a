/**
 * The service is killed at random moments under load, with a platform that fails, and started again: nothing acknowledged
 * is lost, and nothing counts twice.
 *
 * `CRASH_ROUNDS` says how many rounds (default 6), `CRASH_SEED` the first one's seed: a failing round names its own, and
 * `CRASH_SEED=<seed> CRASH_ROUNDS=1` runs the same people, faults and kills again. The kernel's scheduling is not part of
 * the seed, so a failure may need several tries to come back.
 *
 * `kill -9` ends the process, not the machine: what was written and not synced is still there after the restart. So in other
 * rounds each kill takes the power too, and what was not synced is gone (`unsynced.c`). Those need a C compiler, which the
 * checks before a merge have; elsewhere they are skipped.
 */
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { buildShim } from './power.ts'
import { runRound } from './round.ts'
import { differences, wasTimely } from './verdict.ts'

const rounds = Number(process.env.CRASH_ROUNDS ?? 6)
const first = Number(process.env.CRASH_SEED ?? randomInt(2 ** 31))
const seeds = Array.from({ length: rounds }, (_, index) => first + index)

const folder = mkdtempSync(join(tmpdir(), 'inkling-shim-'))
afterAll(() => rmSync(folder, { recursive: true }))
const shim = buildShim(folder)

test.runIf(process.env['CI'] !== undefined)('there is a C compiler to take the power with', () => {
  expect(shim).toBeDefined()
})

const describePower = shim === undefined ? describe.skip : describe.concurrent

describePower('with the power gone at random moments', () => {
  test.for(seeds.slice(0, Math.ceil(rounds / 2)))(
    'it loses nothing it has acknowledged (seed %i)',
    { timeout: 240_000 },
    async seed => {
      const round = await runRound({ seed, ...(shim !== undefined && { shim }) })
      expect(differences(round), `CRASH_SEED=${seed} CRASH_ROUNDS=1 runs it again`).toEqual([])
      expect(round.kills).toBeGreaterThan(0)
      process.stderr.write(`seed ${seed}: ${round.kills} power cuts, ${round.lost} writes lost\n`)
    },
  )
})

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
