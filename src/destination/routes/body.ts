/** Reads a request's body as bytes: the signature covers bytes, and the log keeps them. */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

export type Body =
  /** Content-Encoding is undone. */
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly code: 'too_large' | 'unsupported_encoding' | 'bad_encoding' | 'already_read' }
  /** The sender went away; there is nobody to answer. */
  | { readonly kind: 'aborted' }

/** @param limit - the most bytes, both as sent and after unpacking. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  // Somebody's body parser was first, and `end` will not come again.
  if (request.readableEnded) return readBefore(request, limit)
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip') return discard(request, 'unsupported_encoding')
  if (Number(request.headers['content-length']) > limit) return discard(request, 'too_large')
  const body = await collect(request, limit)
  return body.kind === 'read' && encoding === 'gzip' ? unpack(body.bytes, limit) : body
}

/** By the usual name, what a body parser or a cloud's runtime kept of the bytes, unpacked. What was parsed cannot be checked. */
function readBefore(request: IncomingMessage, limit: number): Body {
  const bytes = 'rawBody' in request ? request.rawBody : undefined
  if (!(bytes instanceof Uint8Array)) return { kind: 'refused', code: 'already_read' }
  return bytes.length > limit ? { kind: 'refused', code: 'too_large' } : { kind: 'read', bytes }
}

function collect(request: IncomingMessage, limit: number): Promise<Body> {
  return new Promise(resolve => {
    const parts: Buffer[] = []
    let size = 0
    request.on('data', (part: Buffer) => {
      size += part.length
      if (size <= limit) {
        parts.push(part)
        return
      }
      parts.length = 0
      request.removeAllListeners('data')
      resolve(discard(request, 'too_large'))
    })
    request.on('end', () => {
      const [only] = parts
      resolve({ kind: 'read', bytes: parts.length === 1 && only !== undefined ? only : Buffer.concat(parts) })
    })
    // A sender that hangs up midway; after `end` this changes nothing.
    request.on('close', () => resolve({ kind: 'aborted' }))
  })
}

/** The rest is read and forgotten: a connection closed over unread bytes is reset, and the sender never sees the answer. */
function discard(request: IncomingMessage, code: 'too_large' | 'unsupported_encoding'): Body {
  request.resume()
  return { kind: 'refused', code }
}

async function unpack(packed: Uint8Array, limit: number): Promise<Body> {
  try {
    // Stops at the limit, so a bomb never unfolds.
    return { kind: 'read', bytes: await promisify(gunzip)(packed, { maxOutputLength: limit }) }
  } catch (error) {
    const tooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    return { kind: 'refused', code: tooLarge ? 'too_large' : 'bad_encoding' }
  }
}
