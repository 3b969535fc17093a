/**
 * What only a browser itself does to a page: `npm run bench:plugin:lifecycle`. It prerenders, freezes, keeps a left page in its
 * back/forward cache and puts a tab behind another. The Chromium of the tests prerenders and freezes; it has no such cache and
 * hides no tab, a full one does: `INKLING_CHROMIUM=/usr/bin/chromium npm run bench:plugin:lifecycle`.
 */
import { findChromium } from '../../examples/demo/chromium.ts'
import { launch } from './engines/driver.ts'
import { play } from './engines/play.ts'
import { report } from './engines/report.ts'
import { CHROMIUM_SCENES, LIFECYCLE_SCENES } from './engines/scenes.ts'
import { openEngineSite } from './engines/site.ts'

const { path, env } = await findChromium()
const [site, browser] = await Promise.all([openEngineSite(), launch({ browser: 'chrome', path, env })])
try {
  const played = []
  for (const scene of [...CHROMIUM_SCENES, ...LIFECYCLE_SCENES]) played.push(await play(browser, site, scene))
  report(await browser.version(), played)
} finally {
  await browser.close()
  await site.close()
}
