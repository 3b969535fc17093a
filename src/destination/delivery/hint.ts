/** What to do about a dead letter, by what the platform said. Pure. */
import type { DeliveryRecord } from '../store/store.ts'

interface Hint {
  /** Only there; absent: everywhere. */
  readonly at?: string
  readonly said: RegExp
  readonly advice: string
}

/** The first that fits holds. */
const HINTS: readonly Hint[] = [
  {
    at: 'hubspot',
    said: /does not exist|has no event|no custom events/i,
    advice: 'Run "inkling setup hubspot": it makes the properties and events that are missing.',
  },
  {
    at: 'braze',
    said: /BRAZE_UNANSWERED_EVENTS/,
    advice:
      'Look at the person in Braze: the event may be there. BRAZE_UNANSWERED_EVENTS=retry would have sent it again.',
  },
  {
    said: /no identifier|must be provided|needs an e-mail address/i,
    advice: 'The person has no name that this platform takes: let your site call identify with an e-mail address.',
  },
  {
    said: /phone/i,
    advice: 'The phone number is refused: let your site send it in full, such as +4915112345678, or not at all.',
  },
  {
    said: /e-?mail|address/i,
    advice: 'The e-mail address is refused: correct it where your site calls identify.',
  },
  {
    said: /^409/,
    advice: 'Two people at the platform have these names: merge them there.',
  },
  {
    said: /^413|too large|too long/i,
    advice:
      'The write is larger than the platform takes: look for a long text among the properties of your own moments.',
  },
  {
    said: /^404/,
    advice: 'There is nothing at this address: compare the base URL or REST endpoint with your account.',
  },
  {
    said: /^Given up after/,
    advice: 'Nothing is wrong with the write: the platform was out of reach for more than a day.',
  },
]
const OTHERWISE =
  'The platform refuses the write as it is: compare its words with the properties and traits of this delivery.'

/** @returns a sentence or two; undefined for what was not given up. */
export function hintFor({
  connector,
  status,
  reason = '',
}: Pick<DeliveryRecord, 'connector' | 'status' | 'reason'>): string | undefined {
  if (status !== 'dead') return undefined
  const fitting = HINTS.find(({ at = connector, said }) => at === connector && said.test(reason))
  return fitting?.advice ?? OTHERWISE
}
