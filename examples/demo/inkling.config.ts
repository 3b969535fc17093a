/**
 * How the demo differs from the defaults: clocks run in seconds, so that a visit of a minute shows what usually takes
 * half an hour, and no hour is quiet. Nothing else is changed, and no code knows that this is a demo.
 */
import { defineConfig, type InklingConfig } from '../../src/destination/define-config.ts'

const config: InklingConfig = defineConfig({
  moments: {
    // 30 minutes by default. A visitor of the demo closes the tab, looks at the live page and sees it happen; one who reads
    // on without a sign for 8 s counts as gone too, which half an hour would not do.
    cartAbandoned: { after: '8s' },
    // 90 seconds by default: long enough here that walking through the plans does not count, reading them does.
    pricingIntent: { dwell: '8s' },
  },
  // 22 to 7 o’clock by default: whoever tries the demo at night wants to see it work all the same.
  restraint: { quietHours: { from: 0, to: 0 } },
})

export default config
