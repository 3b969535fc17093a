/** `/api/forget`: somebody is to be forgotten, and how far that is. */
import { Router } from 'express'
import { z } from 'zod'
import type { Forgetting } from '../forget.ts'
import { readJson } from '../parse/json.ts'
import { readBody } from './body.ts'
import { isForeign } from './dead-letters.ts'
import { refuse, sendJson } from './reply.ts'

export interface Forget {
  ask(id: string): Promise<Forgetting | undefined>
  look(id: string): Promise<Forgetting | undefined>
}

const MAX_BYTES = 10_000
const who = z.strictObject({ id: z.string().min(1).max(500) })

export function createForgetRouter({ ask, look }: Forget): Router {
  const router = Router()
  router.post('/', async (request, response) => {
    if (isForeign(request)) return void refuse(response, 'foreign_page')
    const body = await readBody(request, MAX_BYTES)
    if (body.kind === 'aborted') return
    if (body.kind === 'refused') return void refuse(response, body.code)
    const json = readJson(body.bytes)
    const asked = who.safeParse(json.kind === 'json' ? json.value : undefined)
    if (!asked.success) return void refuse(response, 'not_a_choice')
    const found = await ask(asked.data.id)
    if (found === undefined) return void refuse(response, 'unknown_person')
    sendJson(response, { status: 202, text: JSON.stringify(found) })
  })
  // The id of Inkling itself may stand in an address: it says nothing of them.
  router.get('/:profile', async (request, response) => {
    const found = await look(request.params.profile)
    if (found === undefined) return void refuse(response, 'unknown_person')
    sendJson(response, { status: 200, text: JSON.stringify(found) })
  })
  return router
}
