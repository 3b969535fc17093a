/** The registry: which connectors there are, one line each. */
import { createBraze } from './braze/index.ts'
import type { BrazeSettings } from './braze/settings.ts'
import type { Connector } from './connector.ts'
import { createHubspot } from './hubspot/index.ts'
import type { HubspotSettings } from './hubspot/settings.ts'
import { createKlaviyo } from './klaviyo/index.ts'
import type { KlaviyoSettings } from './klaviyo/settings.ts'
import { createPreview, type PreviewDeps } from './preview.ts'
import type { Call, RequestDeps } from './request.ts'
import { createWebhook } from './webhook/index.ts'
import type { WebhookSettings } from './webhook/settings.ts'

/** A connector is opened when its settings are present. */
export interface ConnectorSettings {
  readonly klaviyo?: KlaviyoSettings
  readonly hubspot?: HubspotSettings
  readonly braze?: BrazeSettings
  readonly webhook?: WebhookSettings
}

export interface ConnectorDeps extends Omit<RequestDeps, 'onCall'>, PreviewDeps {
  /** Told of every call that has ended. */
  readonly onCall?: (connector: string, call: Call) => void
}

/**
 * @returns the configured connectors, or the preview alone when none is configured.
 * @throws {SettingError} naming the setting that cannot be right.
 */
export async function openConnectors(
  settings: ConnectorSettings,
  deps: ConnectorDeps = {},
): Promise<readonly Connector[]> {
  const depsOf = (name: string): RequestDeps => ({ ...deps, onCall: call => deps.onCall?.(name, call) })
  const opening = [
    settings.klaviyo && createKlaviyo(settings.klaviyo, depsOf('klaviyo')),
    settings.hubspot && createHubspot(settings.hubspot, depsOf('hubspot')),
    settings.braze && createBraze(settings.braze, depsOf('braze')),
    settings.webhook && createWebhook(settings.webhook, depsOf('webhook')),
  ]
  const connectors = await Promise.all(opening.filter(connector => connector !== undefined))
  return connectors.length > 0 ? connectors : [createPreview(deps)]
}
