/** Stand-ins of HubSpot, and how `inkling setup hubspot` sets one up. */
import { onTestFinished } from 'vitest'
import { type HubspotOptions, type HubspotStandIn, startHubspot } from '../../examples/platforms/hubspot.ts'
import { setUpHubspot } from '../../src/connectors/hubspot/setup.ts'
import type { Step, Wanted } from '../../src/connectors/setup.ts'
import { momentProperties } from '../../src/destination/engine/moments/properties.ts'
import { TRAITS } from '../../src/destination/engine/traits.ts'

export const TOKEN = 'pat-test-0123456789'

/** What the policy by default wants, and the trait and the property that the deliveries of the tests carry beyond it. */
export const WANTED: Wanted = {
  traits: [
    ...TRAITS.map(({ name, type, meaning }) => ({ name: `inkling_${name}`, type, meaning })),
    { name: 'inkling_returning', type: 'text', meaning: 'Whether they came back.' },
  ],
  moments: momentProperties([]).map(({ name, properties }) => ({
    name,
    properties: name === 'Cart Abandoned' ? [...properties, { name: 'product_name', type: 'text' }] : properties,
  })),
}

/** A stand-in that is closed when the test that asked for it is over. */
export async function openHubspot(options: Partial<HubspotOptions> = {}): Promise<HubspotStandIn> {
  const standIn = await startHubspot({ accessToken: TOKEN, ...options })
  onTestFinished(() => standIn.close())
  return standIn
}

export async function openReadyHubspot(options: Partial<HubspotOptions> = {}): Promise<HubspotStandIn> {
  const standIn = await openHubspot({ limits: false, ...options })
  await setUp(standIn)
  return standIn
}

export async function setUp(
  { url }: HubspotStandIn,
  { dryRun = false, wanted = WANTED }: { readonly dryRun?: boolean; readonly wanted?: Wanted } = {},
): Promise<readonly Step[]> {
  const steps: Step[] = []
  for await (const step of setUpHubspot({ accessToken: TOKEN, baseUrl: url }, wanted, { dryRun })) steps.push(step)
  return steps
}
