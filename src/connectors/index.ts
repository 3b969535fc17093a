/** The registry: which connectors there are, one line each. */
import { createBraze } from './braze/index.ts'
import type { BrazeSettings } from './braze/settings.ts'
import type { Connector } from './connector.ts'
import { createHubspot } from './hubspot/index.ts'
import type { HubspotSettings } from './hubspot/settings.ts'
import { createKlaviyo } from './klaviyo/index.ts'
import type { KlaviyoSettings } from './klaviyo/settings.ts'
import { createPreview, type PreviewDeps } from './preview.ts'
import type { RequestDeps } from './request.ts'
import { createWebhook } from './webhook/index.ts'
import type { WebhookSettings } from './webhook/settings.ts'

/** A connector is opened when its settings are present. */
export interface ConnectorSettings {
  readonly klaviyo?: KlaviyoSettings
  readonly hubspot?: HubspotSettings
  readonly braze?: BrazeSettings
  readonly webhook?: WebhookSettings
}

export interface ConnectorDeps extends RequestDeps, PreviewDeps {}

/**
 * @returns the configured connectors, or the preview alone when none is configured.
 * @throws {SettingError} naming the setting that cannot be right.
 */
export async function openConnectors(
  settings: ConnectorSettings,
  deps: ConnectorDeps = {},
): Promise<readonly Connector[]> {
  const opening = [
    settings.klaviyo && createKlaviyo(settings.klaviyo, deps),
    settings.hubspot && createHubspot(settings.hubspot, deps),
    settings.braze && createBraze(settings.braze, deps),
    settings.webhook && createWebhook(settings.webhook, deps),
  ]
  const connectors = await Promise.all(opening.filter(connector => connector !== undefined))
  return connectors.length > 0 ? connectors : [createPreview(deps)]
}
