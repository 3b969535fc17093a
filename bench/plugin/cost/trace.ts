import type { Browser, CDPSession, Page } from 'playwright-core'

/** What a trace says of the script under test. */
export interface Traced {
  /** Layouts and style recalculations that its code had to wait for. */
  readonly forced: number
  /** The longest time that its code ran at a stretch, ms. */
  readonly longestMs: number
}

interface TraceEvent {
  readonly name: string
  readonly dur?: number
  readonly args?: {
    readonly data?: { readonly url?: string }
    readonly beginData?: { readonly stackTrace?: readonly { readonly url?: string }[] }
  }
}

const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline.stack',
  'disabled-by-default-devtools.timeline',
  'v8.execute',
]

/** Traces what `act` does to the page. Scripts under test are told from the page's own by their address. */
export async function traced(browser: Browser, page: Page, act: () => Promise<void>): Promise<Traced> {
  await browser.startTracing(page, { categories: [...CATEGORIES] })
  await act()
  const { traceEvents }: { readonly traceEvents: readonly TraceEvent[] } = JSON.parse(
    (await browser.stopTracing()).toString(),
  )
  const isTheirs = (url: string | undefined) => url?.includes('/script.js') ?? false
  const forced = traceEvents.filter(
    ({ name, args }) => name === 'Layout' && args?.beginData?.stackTrace?.some(({ url }) => isTheirs(url)),
  )
  const runs = traceEvents.filter(
    ({ name, args }) => /^(FunctionCall|EvaluateScript)$/.test(name) && isTheirs(args?.data?.url),
  )
  return { forced: forced.length, longestMs: Math.max(0, ...runs.map(({ dur = 0 }) => dur / 1000)) }
}

/** @returns the heap in use after a collection, bytes. */
export async function heapOf(devtools: CDPSession): Promise<number> {
  // Twice: what the first collection finalises, the second one frees.
  await devtools.send('HeapProfiler.collectGarbage')
  await devtools.send('HeapProfiler.collectGarbage')
  return (await devtools.send('Runtime.getHeapUsage')).usedSize
}
