/**
 * Three processes on one topic and one database, killed, stopped in their tracks and restarted at random moments, as are
 * broker and database: nothing acknowledged is lost, and nothing counts twice.
 *
 * `FLEET_ROUNDS` says how many rounds (default 2), `FLEET_SEED` the first one's seed: a failing round names its own.
 */
import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithServers } from '../support/servers.ts'
import { type OwnServers, startOwnServers } from './restarts.ts'
import { runRound } from './round.ts'
import { differences } from './verdict.ts'

const rounds = Number(process.env['FLEET_ROUNDS'] ?? 2)
const first = Number(process.env['FLEET_SEED'] ?? randomInt(2 ** 31))
const seeds = Array.from({ length: rounds }, (_, index) => first + index)

describeWithServers('several processes that suffer', () => {
  let servers: OwnServers
  beforeAll(async () => {
    servers = await startOwnServers()
  }, 120_000)
  afterAll(() => servers.stop())

  test.for(seeds)('lose nothing and do nothing twice (seed %i)', { timeout: 300_000 }, async seed => {
    const round = await runRound({ seed, people: 12, kills: { load: 4, settling: 1 }, fleet: servers.fleet })
    expect(differences(round), `FLEET_SEED=${seed} FLEET_ROUNDS=1 runs it again`).toEqual([])
    expect(round.kills).toBeGreaterThan(0)
  })
})
