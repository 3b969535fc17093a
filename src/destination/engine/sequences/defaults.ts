/** The sequences that come with the product. Each can be switched, changed or left out in the configuration. */
import { DAY, type Duration, duration, HOUR, MINUTE, SECOND, times } from '../time.ts'
import type { Channel, Content, SequencePolicy, SequenceStep, Way } from './sequence.ts'

const NOW = duration(0)
const COMMON = { cooldown: times(48, HOUR), quiet: times(30, MINUTE), capped: true, freshFor: times(6, HOUR) }

export const defaultSequences: readonly SequencePolicy[] = [
  {
    ...COMMON,
    name: 'cart_abandonment',
    enabled: true,
    startOn: ['Cart Abandoned', 'Checkout Abandoned'],
    leaveOn: ['ordered', 'cart_emptied'],
    steps: [
      step(NOW, way('email', 'by_level', 'reminder')),
      step(times(4, HOUR), way('email', 'by_level', 'help')),
      step(times(12, HOUR), way('email', 'by_level', 'offer')),
    ],
  },
  {
    ...COMMON,
    name: 'pricing_comparison',
    enabled: true,
    startOn: ['Pricing Intent Detected', 'Comparison Detected'],
    leaveOn: ['ordered', 'Signed Up', 'Trial Started'],
    // Not while they are still comparing.
    steps: [step(HOUR, way('email', 1, 'comparison')), step(DAY, way('email', 'by_level', 'proof'))],
  },
  {
    ...COMMON,
    name: 'form_recovery',
    enabled: true,
    startOn: ['Form Abandoned'],
    leaveOn: ['form_submitted', 'ordered'],
    steps: [step(NOW, way('email', 1, 'resume')), step(DAY, way('email', 2, 'help'))],
  },
  {
    ...COMMON,
    name: 'feature_onboarding',
    enabled: true,
    startOn: ['feature_first_used'],
    leaveOn: [],
    // It lives within the product: they are meant to be here.
    quiet: NOW,
    capped: false,
    steps: [
      step(NOW, way('in_app', 1, 'tip')),
      step(times(5, MINUTE), { ...way('in_app', 2, 'demo'), on: ['feature_used_again'] }, way('in_app', 2, 'tutorial')),
    ],
  },
  {
    ...COMMON,
    name: 'exit_branching',
    // It may write an SMS after a short look: that is for the site to want.
    enabled: false,
    startOn: ['Session Exited'],
    leaveOn: ['ordered'],
    steps: [
      step(
        NOW,
        { ...way('sms', 1, 'short_look'), when: [{ kind: 'dwell', range: { under: times(30, SECOND) } }] },
        {
          ...way('email', 1, 'look'),
          when: [{ kind: 'dwell', range: { atLeast: times(30, SECOND), under: duration(90_001) } }],
        },
        { ...way('push', 2, 'long_look'), when: [{ kind: 'dwell', range: { atLeast: duration(90_001) } }] },
      ),
    ],
  },
  {
    ...COMMON,
    name: 'cross_channel_cart',
    // Instead of `cart_abandonment`, for sites that may send SMS: not both.
    enabled: false,
    startOn: ['Cart Abandoned', 'Checkout Abandoned'],
    // Any reaction ends it, so its last step reaches only those who ignored the others.
    leaveOn: ['ordered', 'cart_emptied', 'email_clicked', 'returned'],
    steps: [
      step(NOW, way('sms', 1, 'reminder')),
      step(HOUR, way('email', 2, 'help')),
      step(times(12, HOUR), way('in_app', 3, 'offer')),
    ],
  },
]

function way(channel: Channel, content: Content, message: string): Way {
  return { on: [], when: [], channel, content, message }
}

function step(after: Duration, ...ways: readonly Way[]): SequenceStep {
  return { after, ways }
}
