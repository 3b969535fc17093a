/** `inkling setup`, as an operator runs it. */
import { Readable } from 'node:stream'
import { setup } from '../../src/destination/commands/setup.ts'
import type { Environment } from '../../src/destination/config.ts'

export interface Told {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** @param folder - where the configuration is looked for. */
export async function runSetup(args: readonly string[], environment: Environment, folder = '/'): Promise<Told> {
  const told: { out: string[]; err: string[] } = { out: [], err: [] }
  const code = await setup(args, {
    environment,
    folder,
    now: Date.now,
    random: () => 0,
    out: line => void told.out.push(line),
    err: line => void told.err.push(line),
    stdin: () => Readable.from([]),
    request: fetch,
    untilAskedToStop: async () => undefined,
  })
  return { code, out: told.out.join('\n'), err: told.err.join('\n') }
}
