/** How a request was addressed before proxies passed it on. Anybody can say anything here: nothing may be granted by it. */
import type { IncomingMessage } from 'node:http'
import { isProxied } from './authenticate.ts'

export function hostOf(request: IncomingMessage): string {
  return first(request.headers['x-forwarded-host']) ?? request.headers.host ?? ''
}

/** A proxy that does not say which protocol it took is taken to speak https, as every public page needs. */
export function protocolOf(request: IncomingMessage): 'http' | 'https' {
  const forwarded = first(request.headers['x-forwarded-proto'])
  if (forwarded === 'http' || forwarded === 'https') return forwarded
  return 'encrypted' in request.socket || isProxied(request) ? 'https' : 'http'
}

/** The leftmost value of a header that each proxy on the way appends to: what the browser used. */
function first(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header.split(',', 1)[0]?.trim() : header?.[0]
}
