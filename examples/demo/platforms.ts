/** Stand-ins for the three platforms, and HubSpot's account made ready as an operator makes it. */
import { EXIT, type Terminal } from '../../src/destination/commands/command.ts'
import { setup } from '../../src/destination/commands/setup.ts'
import { startBraze } from '../platforms/braze.ts'
import { startHubspot } from '../platforms/hubspot.ts'
import { startKlaviyo } from '../platforms/klaviyo.ts'
import type { StandIns } from './accounts.ts'
import { CONFIG } from './destination.ts'

export interface Platforms extends StandIns {
  /** What the destination is told of them. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

const KEYS = { klaviyo: 'pk_demo', hubspot: 'pat-demo', braze: 'demo' }

export async function startPlatforms(): Promise<Platforms> {
  const [klaviyo, hubspot, braze] = await Promise.all([
    startKlaviyo({ apiKey: KEYS.klaviyo }),
    // Setting up takes a ten-second allowance, which a real account has back before anybody comes; the demo does not wait.
    startHubspot({ accessToken: KEYS.hubspot, limits: false }),
    startBraze({ apiKey: KEYS.braze }),
  ])
  const close = async () => {
    await Promise.all([klaviyo, hubspot, braze].map(standIn => standIn.close()))
  }
  const environment = {
    KLAVIYO_API_KEY: KEYS.klaviyo,
    KLAVIYO_BASE_URL: klaviyo.url,
    HUBSPOT_ACCESS_TOKEN: KEYS.hubspot,
    HUBSPOT_BASE_URL: hubspot.url,
    BRAZE_API_KEY: KEYS.braze,
    BRAZE_REST_ENDPOINT: braze.url,
  }
  try {
    await setUpHubspot(environment)
  } catch (error) {
    await close()
    throw error
  }
  return { klaviyo, hubspot, braze, environment, close }
}

/** Nothing arrives at HubSpot that was not defined there first. */
async function setUpHubspot(environment: Terminal['environment']): Promise<void> {
  const said: string[] = []
  const code = await setup(['hubspot', '--config', CONFIG], {
    environment,
    folder: '/',
    now: Date.now,
    random: Math.random,
    out: () => undefined,
    err: line => said.push(line),
    stdin: () => process.stdin,
    request: fetch,
    untilAskedToStop: () => new Promise(() => undefined),
  })
  if (code !== EXIT.done) throw new Error(`HubSpot could not be set up: ${said.join(' ')}`)
}
