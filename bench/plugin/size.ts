/** What the plugin weighs, beside its peers' npm builds: `npm run bench:plugin:size`. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { bundlePlugin } from '../../scripts/bundle-plugin.ts'
import { CORE, EVERY_SIGNAL, THREE_SENT, THREE_SIGNALS } from '../../scripts/weigh-plugin.ts'
import { installPeers, PEERS_FOLDER, peerPath, peerVersion } from './peers.ts'
import { printTable, required } from './table.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Bytes after gzip that ours may weigh. */
const BUDGETS = { whole: 6 * 1024, three: 3 * 1024 }

async function bundle(contents: string, resolveDir: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
    logLevel: 'error',
  })
  return required(outputFiles[0], 'output').contents
}

interface Weight {
  readonly min: number
  readonly gzip: number
  readonly brotli: number
}

function weigh(code: Uint8Array): Weight {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 }
  return {
    min: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    brotli: brotliCompressSync(code, { params }).length,
  }
}

installPeers()
const peer = (contents: string) => bundle(contents, PEERS_FOLDER)
const file = (path: string) => readFileSync(peerPath(path))
const version = (name: string) => `${name} ${peerVersion(name)}`

const ourBundle = async (contents: string) => weigh(Buffer.from(await bundlePlugin(contents)))
const whole = await ourBundle(EVERY_SIGNAL)
const three = await ourBundle(THREE_SIGNALS)
const others: readonly (readonly [string, Uint8Array])[] = [
  [`${version('web-vitals')}, INP alone`, await peer(`import { onINP } from 'web-vitals'; onINP(send)`)],
  [
    `${version('web-vitals')}, INP + LCP + CLS`,
    await peer(`import { onINP, onLCP, onCLS } from 'web-vitals'; onINP(send); onLCP(send); onCLS(send)`),
  ],
  [
    version('@plausible-analytics/tracker'),
    await peer(`import { init } from '@plausible-analytics/tracker'; init({ domain: 'a' })`),
  ],
  [
    version('@snowplow/browser-tracker'),
    await peer(`import { newTracker, enableActivityTracking, trackPageView } from '@snowplow/browser-tracker'
      newTracker('sp', 'a', {}); enableActivityTracking({}); trackPageView()`),
  ],
  [
    `… with browser-plugin-element-tracking ${peerVersion('@snowplow/browser-plugin-element-tracking')}`,
    await peer(`import { newTracker, enableActivityTracking, trackPageView } from '@snowplow/browser-tracker'
      import { SnowplowElementTrackingPlugin, startElementTracking } from '@snowplow/browser-plugin-element-tracking'
      newTracker('sp', 'a', { plugins: [SnowplowElementTrackingPlugin()] }); enableActivityTracking({}); trackPageView(); startElementTracking({})`),
  ],
  [version('clarity-js'), await peer(`import { clarity } from 'clarity-js'; clarity.start({})`)],
  [
    '@segment/analytics-next (the carrier of ours)',
    await bundle(`import { AnalyticsBrowser } from '@segment/analytics-next'; AnalyticsBrowser.load({})`, ROOT),
  ],
  [
    `${version('mixpanel-browser')}, core build`,
    await peer(`import mixpanel from 'mixpanel-browser/dist/mixpanel-core.cjs.js'; mixpanel.init('a')`),
  ],
  [`${version('posthog-js')}, array.js`, file('posthog-js/dist/array.js')],
  [`${version('posthog-js')}, array.full.js`, file('posthog-js/dist/array.full.js')],
]

const ours: readonly (readonly [string, Weight])[] = [
  ['Inkling, everything', whole],
  ['… hover + scroll + dwell with Segment', await ourBundle(THREE_SENT)],
  ['… dwell alone with Segment', await ourBundle(CORE)],
  ['… hover + scroll + dwell, without what sends them', three],
]
printTable(
  ['package', 'minified', 'gzip −9', 'brotli −11'],
  [...ours, ...others.map(([name, code]) => [name, weigh(code)] as const)].map(([name, { min, gzip, brotli }]) => [
    name,
    min,
    gzip,
    brotli,
  ]),
)
console.log(`\nBytes. Budgets after gzip: everything ${BUDGETS.whole}, hover + scroll + dwell ${BUDGETS.three}.`)
if (whole.gzip > BUDGETS.whole || three.gzip > BUDGETS.three) process.exitCode = 1
