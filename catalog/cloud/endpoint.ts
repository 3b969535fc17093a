import { IntegrationError } from '@segment/actions-core'

/** What a developer may try against on the same machine; everything else carries people's data over a network. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/**
 * The address of the batch route. The endpoint may have a path of its own, as behind a proxy, and may end in a slash.
 *
 * @throws IntegrationError where the endpoint would send people's data in the clear.
 */
export function batchUrl(endpoint: string): string {
  const url = new URL(endpoint)
  if (url.protocol !== 'https:' && !LOOPBACK.includes(url.hostname)) {
    throw new IntegrationError('The endpoint URL must begin with https://.', 'INVALID_ENDPOINT', 400)
  }
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  return `${url.origin}${path}segment/batch`
}
