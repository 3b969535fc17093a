/** One call of Braze's REST API. Its SDK hides status and rate-limit headers, so only its types are used. */
import { type Reply, type RequestDeps, send } from '../request.ts'
import { type BrazeSettings, WAIT_HEADERS } from './settings.ts'

export interface Account extends Required<Omit<BrazeSettings, 'readBack'>> {
  readonly deps: RequestDeps
}

/** One attempt; never throws. */
export function post({ apiKey, baseUrl, deps }: Account, path: string, body: object): Promise<Reply> {
  return send(
    {
      method: 'POST',
      url: baseUrl + path,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(body),
      answers: 'json',
      waitHeaders: WAIT_HEADERS,
    },
    deps,
  )
}

/** The body itself was refused, so that a smaller one may pass. Any other refusal would meet each delivery alike. */
export function isRefusedWhole(reply: Reply): boolean {
  return reply.kind === 'answered' && (reply.status === 413 || (reply.status === 400 && reply.body.kind !== 'page'))
}
