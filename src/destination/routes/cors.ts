/**
 * Lets pages of any origin use the tracking API. The routes behind this never look at a cookie: what a page may do here,
 * its write key decides. So any origin may be reflected, and credentials may be allowed: a beacon always carries them, and
 * a browser withholds a JSON beacon unless its preflight names the exact origin and allows credentials.
 */
import type { RequestHandler } from 'express'

/** What analytics.js sends: its key, its media type and, from the first retry on, a counter. */
const ALLOWED_HEADERS = ['authorization', 'content-type', 'x-retry-count'] as const
/** A day; browsers cap it to what they like. */
const MAX_AGE_S = '86400'
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/

export const cors: RequestHandler = (request, response, next) => {
  const { origin } = request.headers
  response.setHeader('vary', 'Origin, Access-Control-Request-Headers')
  if (origin !== undefined) {
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-allow-credentials', 'true')
    response.setHeader('access-control-expose-headers', 'Retry-After')
  }
  if (request.method !== 'OPTIONS') return next()
  response.setHeader('access-control-allow-methods', 'POST, OPTIONS')
  response.setHeader('access-control-allow-headers', allowedHeaders(request.headers['access-control-request-headers']))
  response.setHeader('access-control-max-age', MAX_AGE_S)
  response.writeHead(204).end()
}

function allowedHeaders(requested: string | readonly string[] | undefined): string {
  const names = String(requested ?? '')
    .toLowerCase()
    .split(',')
    .map(name => name.trim())
  return [...new Set([...ALLOWED_HEADERS, ...names.filter(name => HEADER_NAME.test(name)).slice(0, 32)])].join(', ')
}
