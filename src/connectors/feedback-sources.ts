/** Where feedback comes from: which platforms tell of it by themselves, and which are asked. */
import { createBrazeHook } from './braze/hook.ts'
import type { Feed, FeedbackSettings, Hook } from './feedback.ts'
import { createHubspotFeed, createHubspotLookUp } from './hubspot/feed.ts'
import { createHubspotHook } from './hubspot/hook.ts'
import { openAccount } from './hubspot/sdk.ts'
import type { ConnectorSettings } from './index.ts'
import { createKlaviyoFeed } from './klaviyo/feed.ts'
import { createKlaviyoHook } from './klaviyo/hook.ts'
import { openReader } from './klaviyo/read.ts'
import type { RequestDeps } from './request.ts'

export interface FeedbackSources {
  readonly hooks: readonly Hook[]
  readonly feeds: readonly { readonly feed: Feed; readonly everyMs: number }[]
}

/**
 * Sends nothing yet.
 *
 * @param connectors - Klaviyo and HubSpot are asked with the keys of their connectors; without one, they are left out.
 * @throws {SettingError} naming the setting that cannot be right.
 */
export async function openFeedback(
  { klaviyo, hubspot, braze }: FeedbackSettings,
  connectors: ConnectorSettings,
  deps: RequestDeps = {},
): Promise<FeedbackSources> {
  const hooks: Hook[] = []
  const feeds: { feed: Feed; everyMs: number }[] = []
  if (klaviyo !== undefined && connectors.klaviyo !== undefined) {
    const reader = await openReader(connectors.klaviyo, deps)
    if (klaviyo.hookSecret !== undefined) hooks.push(createKlaviyoHook(klaviyo.hookSecret, reader.profiles))
    if (klaviyo.everyMs !== undefined) feeds.push({ feed: createKlaviyoFeed(reader), everyMs: klaviyo.everyMs })
  }
  if (hubspot !== undefined && connectors.hubspot !== undefined) {
    const account = await openAccount(connectors.hubspot, deps)
    if (hubspot.hookSecret !== undefined)
      hooks.push(createHubspotHook(hubspot.hookSecret, createHubspotLookUp(account)))
    if (hubspot.everyMs !== undefined) feeds.push({ feed: createHubspotFeed(account), everyMs: hubspot.everyMs })
  }
  if (braze?.hookSecret !== undefined) hooks.push(createBrazeHook(braze.hookSecret))
  return { hooks, feeds }
}
