/** Somebody's shop with Inkling mounted in it: `node examples/mount/server.ts`. What names Inkling was added to it. */
import express from 'express'
import { createDestination } from 'segment-inkling/destination'

const inkling = await createDestination({ environment: process.env })
const shop = express()
// Ahead of the shop's own body parser: Inkling reads bodies itself, for a signature covers bytes.
shop.use('/inkling', inkling.handler)
shop.use(express.json())
shop.get('/', (_request, response) => void response.send('<h1>Plants</h1>'))
shop.post('/orders', ({ body }, response) => void response.status(201).json({ ordered: body.product }))

const server = shop.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})
// First no more requests, then what they asked for is finished.
process.once('SIGTERM', () => server.close(() => void inkling.stop()))
