import { describe, expect, test } from 'vitest'
import { hintFor } from '../../../src/destination/delivery/hint.ts'

/** As the platforms said it to the connectors' tests. */
const SAID: readonly (readonly [connector: string, reason: string, advice: RegExp])[] = [
  ['hubspot', '400 Property values were not valid: Property "inkling_score" does not exist', /inkling setup hubspot/],
  ['hubspot', 'the account has no event inkling_cart_abandoned: run "inkling setup hubspot"', /inkling setup hubspot/],
  ['klaviyo', 'no identifier Klaviyo accepts: it needs an e-mail, an E.164 phone or a user id', /call identify/],
  ['klaviyo', '400 Invalid phone number format (/data/attributes/phone_number)', /\+4915112345678/],
  ['klaviyo', '400 Invalid email address (/data/attributes/email)', /e-mail address is refused/],
  ['klaviyo', '409 A profile already exists with one of these identifiers.', /merge them there/],
  ['braze', '413 Request Entity Too Large', /long text/],
  ['braze', '404 Invalid URL', /REST endpoint/],
  ['webhook', 'Given up after 36 attempts. Last: 503', /Nothing is wrong with the write/],
  ['webhook', '422 no such field', /compare its words/],
]

describe('a dead letter says what to do', () => {
  test.each(SAID)('%s: %s', (connector, reason, advice) => {
    expect(hintFor({ connector, reason, status: 'dead' })).toMatch(advice)
  })

  test('words of one platform mean nothing at another', () => {
    const reason = '400 Property "x" does not exist'
    expect(hintFor({ connector: 'klaviyo', reason, status: 'dead' })).not.toMatch(/hubspot/)
  })

  test('and whatever is not given up needs no advice', () => {
    expect(hintFor({ connector: 'klaviyo', reason: '503', status: 'pending' })).toBeUndefined()
  })
})
