/**
 * The plugin in Firefox: `INKLING_FIREFOX=/path/to/firefox npm run bench:plugin:second-engine`. A scripted visitor, driven over
 * WebDriver BiDi, does what is known; each page writes down what it saw; what arrives at a collector on this machine is compared.
 */
import { existsSync } from 'node:fs'
import { launch } from './engines/driver.ts'
import { play } from './engines/play.ts'
import { report } from './engines/report.ts'
import { CLOSING, ENGINE_SCENES, LIFECYCLE_SCENES } from './engines/scenes.ts'
import { openEngineSite } from './engines/site.ts'

/** How often a tab is closed, to see how often its last totals arrive. */
const CLOSINGS = 50

const path = process.env.INKLING_FIREFOX ?? '/usr/bin/firefox-esr'
if (!existsSync(path)) {
  console.error(`There is no Firefox at ${path}.
Install one (on Debian: apt-get update && apt-get install -y firefox-esr), or name yours in INKLING_FIREFOX.`)
  process.exit(1)
}
const [site, browser] = await Promise.all([openEngineSite(), launch({ browser: 'firefox', path })])
try {
  const played = []
  for (const scene of [...ENGINE_SCENES, ...LIFECYCLE_SCENES]) played.push(await play(browser, site, scene))
  report(await browser.version(), played)
  let arrived = 0
  for (let n = 0; n < CLOSINGS; n++) if ((await play(browser, site, CLOSING)).checks.every(({ ok }) => ok)) arrived += 1
  console.log(`Closing the tab: last totals arrived for ${arrived} of ${CLOSINGS}.`)
} finally {
  await browser.close()
  await site.close()
}
