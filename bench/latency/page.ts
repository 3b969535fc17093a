/** The page under measurement: the unmodified analytics.js with our plugin, its defaults, and one element of interest. */
import { createServer } from 'node:http'
import { build } from 'esbuild'

export interface BenchPage {
  readonly url: string
  close(): Promise<void>
}

const SCRIPT = `
  import { AnalyticsBrowser } from '@segment/analytics-next'
  import { engagement } from './src/browser-plugin/index.ts'
  const host = document.querySelector('meta[name=destination]').content
  const analytics = AnalyticsBrowser.load(
    {
      writeKey: 'bench',
      cdnSettings: { integrations: { 'Segment.io': { apiKey: 'bench' } }, metrics: { sampleRate: 0 } },
      plugins: [engagement({ pageType: 'product' })],
    },
    { integrations: { 'Segment.io': { apiHost: host + '/v1', protocol: 'http' } } },
  )
  analytics.page()
  window.analytics = analytics
  // The plugin's own rule: a hover begins with the first real movement inside the element.
  const target = document.querySelector('[data-inkling=picture]')
  window.hoverBeganAt = new Promise(resolve => {
    let from
    const look = event => {
      const px = from ? Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) : 0
      if (px >= 3 || !from) from = event
      if (px >= 3 && target.contains(event.target)) resolve(performance.timeOrigin + event.timeStamp)
    }
    addEventListener('pointermove', look, { capture: true, passive: true })
  })
`

/** @param destination - where analytics.js sends to, such as `http://127.0.0.1:8080`. */
export async function servePage(destination: string): Promise<BenchPage> {
  const { outputFiles } = await build({
    stdin: { contents: SCRIPT, resolveDir: process.cwd(), loader: 'ts' },
    ...{ bundle: true, minify: true, platform: 'browser', format: 'iife', target: 'es2020', write: false },
    ...{ logLevel: 'warning', legalComments: 'none' },
  })
  const script = outputFiles[0]?.text ?? ''
  const html = `<!doctype html><title>Rubber fig</title><meta name=destination content="${new URL(destination).host}">
    <p>A plant that forgives you.</p><div data-inkling=picture style="width:600px;height:400px;background:#cfe8d5"></div>
    <script src=/page.js></script>`
  const server = createServer(({ url }, response) => {
    const [type, body] = url === '/page.js' ? ['text/javascript', script] : ['text/html', html]
    response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
