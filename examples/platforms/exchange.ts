/** One request and its answer, as every stand-in sees them. */
import type { ServerResponse } from 'node:http'

export interface ReceivedRequest {
  /** Epoch ms. */
  readonly at: number
  readonly method: string
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Platform {
  /** What the platform does with a request. Everything it records has happened when this returns. */
  answer(request: ReceivedRequest): Answer
  /** The platform's way of saying that status, for faults. */
  refusal(status: number, retryAfterS?: number): Answer
  /** A larger body is cut off there, one byte over, so that the platform can see that it is too large. */
  readonly maxBodyBytes: number
}

export function write(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body)
}
