import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { PEERS_FOLDER } from '../peers.ts'
import { required } from '../table.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** A script that measures, set up as its documentation says, and sending to the server that the page came from. */
export interface Contestant {
  readonly name: string
  readonly script: string | undefined
  /** Also on the page that marks two thousand elements: those that watch elements. */
  readonly many?: boolean
  readonly from?: string
}

/** What the plugin needs of analytics.js, and nothing else, so that its own cost stands alone. */
const STAND_IN = `const send = body => fetch('/collect/t', { method: 'POST', body: JSON.stringify(body), keepalive: true })
const analytics = {
  settings: { writeKey: 'wk' },
  queue: { plugins: [{ name: 'Segment.io', metadata: { protocol: 'http', apiHost: location.host + '/collect' } }], on() {}, off() {} },
  user: () => ({ id: () => null, anonymousId: () => 'a' }),
  track: (event, properties, options) => send({ event, properties, ...options }),
}`

const SEGMENT = `import { AnalyticsBrowser } from '@segment/analytics-next'
const analytics = new AnalyticsBrowser()
const settings = { integrations: { 'Segment.io': { apiKey: 'wk' } }, metrics: { sampleRate: 0 } }
const load = () => analytics.load({ writeKey: 'wk', cdnSettings: settings },
  { integrations: { 'Segment.io': { apiHost: location.host + '/collect', protocol: 'http' } } })`

const SNOWPLOW = `import { newTracker, enableActivityTracking, trackPageView } from '@snowplow/browser-tracker'
const start = plugins => {
  newTracker('sp', location.origin, { appId: 'bench', plugins })
  enableActivityTracking({ minimumVisitLength: 5, heartbeatDelay: 5 })
  trackPageView()
}`

/** What any measure of the pointer, the wheel and clicks has to hear. What the browser takes to call nobody for them is the least it can cost. */
const LISTENED = [
  'pointermove',
  'pointerover',
  'pointerout',
  'wheel',
  'scroll',
  'pointerdown',
  'pointerup',
  'click',
  'keydown',
]

export const CONTESTANTS: readonly Contestant[] = [
  { name: 'empty page', many: true, script: undefined },
  {
    name: 'listeners that do nothing',
    many: true,
    script: `for (const type of ${JSON.stringify(LISTENED)}) addEventListener(type, () => {}, { capture: true, passive: true })`,
  },
  {
    name: 'Inkling',
    many: true,
    from: ROOT,
    script: `import { engagement } from './src/browser-plugin/index.ts'\n${STAND_IN}\nengagement().load({}, analytics)`,
  },
  {
    name: 'analytics.js + Inkling',
    from: ROOT,
    script: `import { engagement } from './src/browser-plugin/index.ts'\n${SEGMENT}\nanalytics.register(engagement()); load(); analytics.page()`,
  },
  {
    name: 'Plausible',
    script: `import { init } from '@plausible-analytics/tracker'
      init({ domain: 'bench.test', endpoint: location.origin + '/collect/event', captureOnLocalhost: true })`,
  },
  { name: 'Snowplow, page pings', script: `${SNOWPLOW}\nstart([])` },
  {
    name: 'Snowplow + element tracking',
    many: true,
    script: `${SNOWPLOW}
      import { SnowplowElementTrackingPlugin, startElementTracking } from '@snowplow/browser-plugin-element-tracking'
      start([SnowplowElementTrackingPlugin()])
      startElementTracking({ elements: { name: 'card', selector: '.card', expose: true, obscure: true } })`,
  },
  {
    name: 'PostHog, heatmaps and dead clicks',
    script: `import posthog from 'posthog-js/dist/module.full.no-external.js'
      posthog.init('phc_bench', { api_host: location.origin, autocapture: true, enable_heatmaps: true, capture_heatmaps: true,
        capture_dead_clicks: true, disable_session_recording: true, opt_out_useragent_filter: true })`,
  },
]

/** @returns the scripts, minified for a page. */
export async function bundleAll(contestants: readonly Contestant[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const built = contestants.map(async ({ name, script, from = PEERS_FOLDER }) => {
    if (script === undefined) return [name, new Uint8Array()] as const
    const { outputFiles } = await build({
      stdin: { contents: script, resolveDir: from },
      bundle: true,
      minify: true,
      format: 'iife',
      target: 'es2022',
      define: { 'process.env.NODE_ENV': '"production"' },
      write: false,
      logLevel: 'error',
    })
    return [name, required(outputFiles[0], 'output').contents] as const
  })
  return new Map(await Promise.all(built))
}
