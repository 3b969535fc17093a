/** `/api/dead-letters`: what was given up and kept, looked at, tried again or put away. */
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { type Chosen, DEAD_LETTER_KINDS, type DeadLetters } from '../dead-letters.ts'
import { readJson } from '../parse/json.ts'
import { readBody } from './body.ts'
import { refuse, sendJson } from './reply.ts'

const MAX_CHOICE_BYTES = 5_000_000
const DEFAULT_LIMIT = 100
const MOST = 10_000

const choice = z.strictObject({
  kind: z.enum(DEAD_LETTER_KINDS),
  connector: z.string().max(64).optional(),
  ids: z.array(z.string().max(64)).max(100_000).optional(),
})

export function createDeadLettersRouter(deadLetters: DeadLetters): Router {
  const router = Router()
  router.get('/', async (request, response) => {
    const { kind = 'deliveries', connector, limit = String(DEFAULT_LIMIT) } = request.query
    const chosen = choice.safeParse({ kind, ...(connector !== undefined && { connector }) })
    const most = /^\d{1,5}$/.test(String(limit)) ? Number(limit) : 0
    if (!chosen.success || most < 1 || most > MOST) return void refuse(response, 'not_a_choice')
    const found = await deadLetters.list(toChosen(chosen.data), most)
    sendJson(response, { status: 200, text: JSON.stringify({ dead_letters: found }) })
  })
  router.post('/retry', async (request, response) => {
    const chosen = await readChoice(request, response)
    if (chosen === undefined) return
    sendJson(response, { status: 200, text: JSON.stringify(await deadLetters.retry(chosen)) })
  })
  router.post('/discard', async (request, response) => {
    const chosen = await readChoice(request, response)
    if (chosen === undefined) return
    sendJson(response, { status: 200, text: JSON.stringify({ discarded: await deadLetters.discard(chosen) }) })
  })
  return router
}

/** @returns undefined when it was answered already. */
async function readChoice(request: Request, response: Response): Promise<Chosen | undefined> {
  if (isForeign(request)) return void refuse(response, 'foreign_page')
  const body = await readBody(request, MAX_CHOICE_BYTES)
  if (body.kind === 'aborted') return undefined
  if (body.kind === 'refused') return void refuse(response, body.code)
  const json = readJson(body.bytes)
  const chosen = choice.safeParse(json.kind === 'json' ? json.value : undefined)
  if (!chosen.success) return void refuse(response, 'not_a_choice')
  return toChosen(chosen.data)
}

/** A browser says which page asks; on a machine that trusts its own loopback, any page could. */
export function isForeign({ headers }: Request): boolean {
  const site = headers['sec-fetch-site']
  return (
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (site === undefined && headers.origin !== undefined)
  )
}

function toChosen({ kind, connector, ids }: z.infer<typeof choice>): Chosen {
  return { kind, ...(connector !== undefined && { connector }), ...(ids !== undefined && { ids }) }
}
