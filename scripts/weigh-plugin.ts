/** Scripts whose bytes are counted. */

/** The plugin with every signal, as a site registers it. */
export const EVERY_SIGNAL = `import { engagement } from './index.ts'; analytics.register(engagement())`

/** Hover, scroll and dwell with the page, the names and the thresholds they stand on; what sends their totals left out. */
export const THREE_SIGNALS = `
  import { trackDwell } from './dwell.ts'
  import { createNaming } from './element-name.ts'
  import { trackHover } from './hover.ts'
  import { openPage } from './page.ts'
  import { trackScroll } from './scroll.ts'
  const page = openPage(options)
  const view = { page, settings, emit, nameOf: createNaming() }
  page.follow([trackHover(view), trackScroll(view), trackDwell(view)])`

/** The plugin with these three signals, sending them through Segment. */
export const THREE_SENT = `
  import { engagementWith } from './plugin.ts'
  import { trackHover } from './hover.ts'
  import { trackScroll } from './scroll.ts'
  analytics.register(engagementWith([trackHover, trackScroll]))`

/** The plugin's core alone, with dwell. */
export const CORE = `import { engagementWith } from './plugin.ts'; analytics.register(engagementWith([]))`
