import {
  APIError,
  InvalidAuthenticationError,
  PayloadValidationError,
  RetryableError,
  SelfTimeoutError
} from '@segment/actions-core'

type RetryableStatus = NonNullable<ConstructorParameters<typeof RetryableError>[1]>

/** What passes by itself: the service is busy, restarting or out of reach. */
const RETRYABLE: readonly RetryableStatus[] = [408, 423, 429, 500, 502, 503, 504, 505, 506, 507, 508, 509, 510, 511]

/**
 * The framework's error for an answer that is not a success.
 *
 * @param said - what the service itself says about it; it names the remedy and repeats no data.
 */
export function errorFor(status: number, said = ''): Error {
  const retryable = RETRYABLE.find((known) => known === status)
  if (retryable !== undefined) return new RetryableError(`Inkling answered ${status}. ${said}`.trim(), retryable)
  switch (status) {
    case 400:
      return new PayloadValidationError(said || 'Inkling refused the request.')
    case 401:
    case 403:
      return new InvalidAuthenticationError(`Inkling refused the signature: check key id and secret. ${said}`.trim())
    case 404:
    case 405:
      return new APIError('Inkling is not at this endpoint URL, or is too old to have /segment/batch.', status)
    case 409:
      // The same bytes were signed twice within a second. The next attempt has another signature, and Inkling counts an
      // event once, so nothing is lost and nothing counts twice.
      return new RetryableError('Inkling has taken this very request before.', 503)
    case 413:
      return new APIError('The batch is too large for Inkling or for a proxy before it: lower the batch size.', status)
    default:
      return new APIError(`Inkling answered ${status}. ${said}`.trim(), status)
  }
}

/** What the framework and the client under it call a request that was given up, while waiting or while reading. */
const GIVEN_UP = [
  'ETIMEDOUT',
  'REQUESTTIMEOUTERROR',
  'REQUESTCLIENTERROR',
  'request-timeout',
  'body-timeout',
  'aborted'
]

/** The framework's error for a request that got no answer. It may have arrived: Inkling counts an event once. */
export function errorWithoutAnswer(error: unknown): Error {
  const { code, type } = error as { code?: string; type?: string }
  if ([code, type].some((known) => known !== undefined && GIVEN_UP.includes(known))) {
    return new SelfTimeoutError('Inkling did not answer in time.')
  }
  return new RetryableError(`Inkling could not be reached (${code ?? type ?? 'no reason given'}).`, 503)
}
