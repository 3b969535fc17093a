import type { Outcome } from './connector.ts'

interface StatusRule {
  readonly from: number
  readonly to: number
  /** When the answer is the platform's own. */
  readonly becomes: Outcome['kind']
  /** When a web page came where JSON was due: something between us and the platform spoke. */
  readonly asPage: Outcome['kind']
  readonly why: string
  /** When it asks everybody to wait, whomever the call was about: in any case, or when it says how long. */
  readonly throttles?: 'always' | 'when it says how long'
}

/** What each status means for a delivery; the first row that covers it holds. No other place reads a status. */
export const STATUS_RULES: readonly StatusRule[] = [
  {
    from: 200,
    to: 299,
    becomes: 'delivered',
    asPage: 'retry',
    why: 'a page is a captive portal or a maintenance screen',
  },
  {
    from: 300,
    to: 399,
    becomes: 'retry',
    asPage: 'retry',
    why: 'we follow no redirect: it would carry the key elsewhere',
  },
  { from: 401, to: 401, becomes: 'unauthorized', asPage: 'retry', why: 'the key is refused' },
  {
    from: 403,
    to: 403,
    becomes: 'unauthorized',
    asPage: 'retry',
    why: 'a scope is missing; a page is a CDN challenge',
  },
  { from: 408, to: 408, becomes: 'retry', asPage: 'retry', why: 'the platform waited too long for us' },
  { from: 410, to: 410, becomes: 'rejected', asPage: 'rejected', why: 'what is gone for good stays gone' },
  { from: 413, to: 413, becomes: 'rejected', asPage: 'rejected', why: 'too large stays too large, whoever says it' },
  { from: 423, to: 423, becomes: 'retry', asPage: 'retry', why: 'another write holds the record' },
  { from: 425, to: 425, becomes: 'retry', asPage: 'retry', why: 'too early in the TLS handshake' },
  { from: 429, to: 429, becomes: 'retry', asPage: 'retry', throttles: 'always', why: 'throttled' },
  {
    from: 477,
    to: 477,
    becomes: 'retry',
    asPage: 'retry',
    throttles: 'when it says how long',
    why: 'HubSpot is moving the account to another data centre',
  },
  { from: 400, to: 499, becomes: 'rejected', asPage: 'retry', why: 'the request itself is refused' },
  {
    from: 500,
    to: 599,
    becomes: 'retry',
    asPage: 'retry',
    throttles: 'when it says how long',
    why: 'the platform is broken or busy',
  },
]

/** @returns what a status means; a status no row covers (there is none in HTTP) is worth another try. */
export function meaningOf(status: number, page: boolean): Outcome['kind'] {
  const rule = ruleOf(status)
  if (rule === undefined) return 'retry'
  return page ? rule.asPage : rule.becomes
}

/**
 * @param afterMs - how long the answer asks to wait; undefined when it does not say.
 * @returns whether the wait is asked of everybody.
 */
export function isThrottling(status: number, afterMs: number | undefined): boolean {
  const throttles = ruleOf(status)?.throttles
  return throttles === 'always' || (throttles !== undefined && afterMs !== undefined)
}

function ruleOf(status: number): StatusRule | undefined {
  return STATUS_RULES.find(({ from, to }) => status >= from && status <= to)
}
