/** Real requests of Segment and its libraries, captured once; they lie beside the checkout. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { request as send } from 'node:http'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../../../../shared/fixtures/segment')

export interface Captured {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly sharedSecret?: string
}

export const areCapturesHere: boolean = existsSync(FOLDER)

export function captures(): readonly Captured[] {
  if (!areCapturesHere) return []
  return readdirSync(FOLDER).flatMap(file => {
    const fixture = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
    const requests = fixture.requests ?? [{ ...fixture.request, body: fixture.body, rawBody: fixture.rawBody }]
    return requests.map(
      (request: {
        method: string
        path: string
        headers: Record<string, string>
        body?: unknown
        rawBody?: string
      }) => ({
        name: `${file} ${request.method} ${request.path}`,
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.rawBody ?? (request.body === undefined ? '' : JSON.stringify(request.body)),
        ...(fixture.signatureCheck && { sharedSecret: fixture.signatureCheck.sharedSecret }),
      }),
    )
  })
}

/** Byte for byte with every header as captured, which `fetch` would not do. */
export function replay(
  url: string,
  captured: Captured,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  return new Promise((resolve, reject) => {
    const { method, path, headers } = captured
    const request = send(url + path, { method, headers, agent: false }, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() })
      })
    })
    request.on('error', reject)
    request.end(captured.body)
  })
}
