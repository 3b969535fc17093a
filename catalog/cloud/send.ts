import type { ModifiedResponse, RequestClient } from '@segment/actions-core'
import { DEFAULT_REQUEST_TIMEOUT, RetryableError } from '@segment/actions-core'
import { batchUrl } from './endpoint'
import { errorFor, errorWithoutAnswer } from './errors'
import type { Settings } from './generated-types'
import { signedHeaders } from './signature'

/** Where the reply has no room for the reason. */
export const REFUSED = 'Inkling refused the event and keeps it in quarantine with the reason.'

/** A Segment event. Which of its members matter is the service's business. */
export type SegmentCall = { type: string } & Record<string, unknown>

/** What became of one event: 200 is kept and acted on, 400 is refused for ever. */
export interface Outcome {
  status: number
  reason?: string | undefined
}

/** What the service says about a batch. `errors` names as many refusals as fit a small reply. */
interface BatchReply {
  statuses: number[]
  errors?: { index: number; reason?: string }[]
}

/**
 * Sends events in one signed request. They are on the service's disk once this resolves.
 *
 * @returns one outcome per event, in order. Rejects with an error of the framework when the request as a whole failed.
 */
export async function sendBatch(
  request: RequestClient,
  settings: Settings,
  batch: readonly SegmentCall[]
): Promise<Outcome[]> {
  const url = batchUrl(settings.endpoint)
  const body = JSON.stringify({ batch })
  const response = await post(request, url, { body, headers: signedHeaders(settings, body) })
  if (!response.ok) throw errorFor(response.status, messageIn(response.data))
  const reply = response.data
  if (!isBatchReply(reply, batch.length)) {
    // A page of a proxy, or half an answer: whether anything was kept is unknown.
    throw new RetryableError('The endpoint URL answered, but not as Inkling does.', 502)
  }
  const reasons = new Map((reply.errors ?? []).map(({ index, reason }) => [index, reason]))
  return reply.statuses.map((status, index) => ({ status, reason: reasons.get(index) }))
}

/** As `sendBatch` for a single event, which must be kept: anything else rejects too. */
export async function sendOne(request: RequestClient, settings: Settings, call: SegmentCall): Promise<Outcome> {
  const [outcome] = await sendBatch(request, settings, [call])
  const { status, reason } = outcome ?? { status: 502, reason: undefined }
  if (status !== 200) throw errorFor(status, reason ?? REFUSED)
  return { status }
}

async function post(
  request: RequestClient,
  url: string,
  { body, headers }: { body: string; headers: Record<string, string> }
): Promise<ModifiedResponse<unknown>> {
  try {
    return await request<unknown>(url, {
      method: 'post',
      body,
      headers: { ...headers, 'Content-Type': 'application/json' },
      // The signature is for this address; a redirect would also turn the POST into a GET.
      redirect: 'manual',
      throwHttpErrors: false,
      // Where Segment can call off a request, the framework sets no limit of its own.
      timeout: DEFAULT_REQUEST_TIMEOUT,
      // A cloned reply of more than 16 KB, such as a proxy's error page, would never be read to its end.
      skipResponseCloning: true
    })
  } catch (error) {
    throw errorWithoutAnswer(error)
  }
}

function isBatchReply(value: unknown, length: number): value is BatchReply {
  const { statuses } = (value ?? {}) as Partial<BatchReply>
  return Array.isArray(statuses) && statuses.length === length
}

function messageIn(value: unknown): string | undefined {
  const { error } = (value ?? {}) as { error?: { message?: unknown } }
  return typeof error?.message === 'string' ? error.message : undefined
}
