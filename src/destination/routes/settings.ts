/** `GET /v1/projects/:writeKey/settings`: lets analytics.js start without Segment's CDN. */
import type { Request, RequestHandler } from 'express'
import type { SegmentSettings } from '../config.ts'
import { isFromLoopback } from './authenticate.ts'
import { hostOf, protocolOf } from './forwarded.ts'
import { refuse, sendJson } from './reply.ts'

/** A name or address, and perhaps a port: nothing else of a `Host` header is ever repeated. */
const HOST = /^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i
const KEY = /^[\w.-]{1,128}$/

export function createSettingsRoute(settings: SegmentSettings): RequestHandler<{ writeKey: string }> {
  const known = new Set(settings.writeKeys)
  return (request, response) => {
    const { writeKey } = request.params
    const isKnown = known.size > 0 ? known.has(writeKey) : KEY.test(writeKey) && isFromLoopback(request)
    if (!isKnown) {
      refuse(response, 'unknown_source')
      return
    }
    sendJson(response, { status: 200, text: JSON.stringify(settingsDocument(writeKey, ownAddress(request))) })
  }
}

/** The smallest document with which analytics.js starts, loads nothing further and measures nothing of itself. */
function settingsDocument(writeKey: string, address: OwnAddress | undefined): unknown {
  return {
    integrations: {
      'Segment.io': {
        apiKey: writeKey,
        unbundledIntegrations: [],
        addBundledMetadata: true,
        maybeBundledConfigIds: {},
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
        ...address,
      },
    },
    plan: {
      track: { __default: { enabled: true, integrations: {} } },
      identify: { __default: { enabled: true } },
      group: { __default: { enabled: true } },
    },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  }
}

interface OwnAddress {
  readonly apiHost: string
  readonly protocol: 'http' | 'https'
}

/**
 * Where the page reached us, so that its calls come here too: without an address analytics.js would send them to Segment.
 * What the page itself sets wins. Left out when the page sees us under another name than the request shows: a proxy that
 * replaces `Host` would otherwise send every visitor to their own machine.
 */
function ownAddress(request: Request<{ writeKey: string }>): OwnAddress | undefined {
  const host = hostOf(request)
  if (!HOST.test(host)) return undefined
  const page = URL.parse(request.headers.origin ?? request.headers.referer ?? '')
  if (page !== null && LOOPBACK_HOST.test(host) && !LOOPBACK_HOST.test(page.host)) return undefined
  // Within somebody's app, the path we are mounted at belongs to the address.
  return { apiHost: `${host}${request.baseUrl}/v1`, protocol: protocolOf(request) }
}
