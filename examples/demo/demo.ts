/** `inkling demo`: a shop to be watched in, and a page that shows what the platforms would know. */
import { type Command, EXIT, type Terminal } from '../../src/destination/commands/command.ts'
import { readOptions } from '../../src/destination/commands/options.ts'
import { type Demo, startDemo } from './start-demo.ts'

const HELP = `Usage: inkling demo [--auto] [--port <number>]

Starts the destination, a small shop that runs the browser plugin, and stand-ins for Klaviyo, HubSpot and Braze, all on
this machine, and runs until Ctrl-C. Nothing leaves the machine, and nothing is kept.

  --auto            a scripted visitor walks through the shop in a headless Chromium; the story is printed as it happens
  --port <number>   where the shop listens; default: 4000, or the next free one. 0: any free one`

export const runDemo: Command = async (args, terminal) => {
  const options = readOptions(args, { auto: { type: 'boolean' }, port: { type: 'string' } }, HELP, terminal)
  if (typeof options === 'number') return options
  const port = options.port === undefined ? undefined : Number(options.port)
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    terminal.err(`--port ${options.port}: expected a whole number from 0 to 65535`)
    return EXIT.misused
  }
  // From the first moment on, so that Ctrl-C while starting leaves nothing behind.
  const asked = terminal.untilAskedToStop()
  let running: Demo
  try {
    running = await startDemo({ port })
  } catch (error) {
    terminal.err(`The demo cannot start: ${error instanceof Error ? error.message : String(error)}`)
    return EXIT.failed
  }
  try {
    if (options.auto === undefined) return await keepRunning(running, terminal, asked)
    const visit = await loadVisit()
    if (typeof visit === 'string') {
      terminal.err(visit)
      return EXIT.failed
    }
    return await visit.tellVisit(running, terminal, asked)
  } finally {
    await running.close()
  }
}

/** Only the visitor needs a browser, and an installed package brings none. @returns what is missing, as a sentence. */
async function loadVisit(): Promise<typeof import('./tell-visit.ts') | string> {
  try {
    return await import('./tell-visit.ts')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    return `--auto needs playwright-core and @sparticuz/chromium beside this package. ${error.message}`
  }
}

async function keepRunning(running: Demo, terminal: Terminal, asked: Promise<void>): Promise<number> {
  terminal.out(`
  The shop                                         ${running.shopUrl}
  What Klaviyo, HubSpot and Braze now know, live   ${running.shopUrl}/live

  Walk around, rest the pointer on a plant, leave something in the cart. The bar at the foot of the shop leads to
  what was learned. The destination listens on ${running.destinationUrl}; Ctrl-C ends everything.
`)
  const ending = await Promise.race([asked, running.ended])
  // Ctrl-C reaches the whole group, so the destination may have ended, in order, before we noticed.
  if (ending === undefined || ending.inOrder) {
    terminal.out('Stopped.')
    return EXIT.done
  }
  terminal.err([`The destination has died (${ending.how}). It said last:`, ...ending.lastWords].join('\n  '))
  return EXIT.failed
}
