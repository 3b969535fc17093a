import { createBraze } from '../../src/connectors/braze/index.ts'
import { platformContract } from '../contracts/connector.ts'

const taken = {
  kind: 'answer',
  status: 201,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ message: 'success', attributes_processed: 1, events_processed: 1 }),
} as const

platformContract({
  name: 'braze',
  open: async ({ url, apiKey, timeoutMs, now }) => createBraze({ apiKey, baseUrl: url }, { timeoutMs, now }),
  taken: { traits: taken, event: taken },
  refusal: words => JSON.stringify({ message: words, errors: [] }),
})
