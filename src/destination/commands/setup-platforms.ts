/** What `inkling setup` knows of each platform: its help, its options, and how it is set up. */

import { setUpBraze } from '../../connectors/braze/setup.ts'
import { setUpHubspot } from '../../connectors/hubspot/setup.ts'
import type { ConnectorSettings } from '../../connectors/index.ts'
import { setUpKlaviyo } from '../../connectors/klaviyo/setup.ts'
import type { RequestDeps } from '../../connectors/request.ts'
import type { SetupOptions, Step, Wanted } from '../../connectors/setup.ts'

export interface Platform {
  readonly title: string
  readonly help: string
  /** Beside --dry-run and --config. */
  readonly options: readonly ('flows' | 'profile')[]
  /** What is wrong when the platform is not configured. */
  readonly missing: string
  /** @returns the steps, or undefined when the platform is not configured. */
  readonly steps: (
    settings: ConnectorSettings,
    wanted: Wanted,
    deps: SetupOptions & RequestDeps,
  ) => AsyncIterable<Step> | undefined
}

const COMMON = `  --dry-run         only look, and say what is missing
  --config <file>   behaviour; default: inkling.config.ts here, else the defaults`

export const PLATFORMS: Readonly<Record<string, Platform>> = {
  klaviyo: {
    title: 'Klaviyo',
    help: `Usage: inkling setup klaviyo [--flows] [--profile <e-mail>] [--dry-run] [--config <file>]

Checks the key and shows whose account it opens. Then makes known to Klaviyo what it knows only from a first use: a profile
property for each trait, and a metric for each moment, those of your own included, so that segments can name them and flows
can start by them. It does so on one test profile without an e-mail address, by events that start no flow. What is there
already stays as it is, so it may be run as often as you like: again after an update, and after adding a moment of your own.

  --flows           also make drafts of three flows: cart recovery, pricing intent, engagement levels. None is ever set live;
                    a flow of the same name is left as it is
  --profile <e-mail>  use the profile of this address, such as your own, instead of the test profile
${COMMON}

It needs KLAVIYO_API_KEY; docs/klaviyo.md says with which scopes.`,
    options: ['flows', 'profile'],
    missing: 'KLAVIYO_API_KEY is not set: it is a private key of the account',
    steps: ({ klaviyo }, wanted, deps) => klaviyo && setUpKlaviyo(klaviyo, wanted, deps),
  },
  hubspot: {
    title: 'HubSpot',
    help: `Usage: inkling setup hubspot [--flows] [--dry-run] [--config <file>]

Makes in your HubSpot account what must be there before the first write: a property group, a contact property for each
trait, two for each moment (when it last came, what it carried), and a custom event for each moment, those of your own
included. What is there already stays as it is, so it may be run as often as you like: again after an update, and after
adding a moment of your own.

  --flows           also make three workflows, switched off: cart recovery, pricing intent, engagement levels. A workflow of
                    the same name is left as it is
${COMMON}

It needs HUBSPOT_ACCESS_TOKEN, the token of a private app; docs/hubspot.md says with which scopes.`,
    options: ['flows'],
    missing: 'HUBSPOT_ACCESS_TOKEN is not set: it is the access token of a private app of the account',
    steps: ({ hubspot }, wanted, deps) => hubspot && setUpHubspot(hubspot, wanted, deps),
  },
  braze: {
    title: 'Braze',
    help: `Usage: inkling setup braze [--dry-run] [--config <file>]

Checks the key and the endpoint by a call that writes nothing. Then lists the custom attributes and custom events to expect
or to allow, with their types, and how to build three Canvases: Braze has no API that makes one. Makes nothing.

${COMMON}

It needs BRAZE_API_KEY and BRAZE_REST_ENDPOINT; docs/braze.md says where to find them.`,
    options: [],
    missing: 'BRAZE_API_KEY and BRAZE_REST_ENDPOINT are not set',
    steps: ({ braze }, wanted, deps) => braze && setUpBraze(braze, wanted, deps),
  },
}
