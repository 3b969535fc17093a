/** Requests over some connections, as fast as they are answered. */
import { Agent, type IncomingMessage, request } from 'node:http'

/** What became of each: a status, or how the connection ended. */
export type Tally = Record<string, number>

export interface Sent {
  readonly path: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Flood {
  readonly port: number
  readonly requests: number
  readonly connections: number
  readonly make: (index: number) => Sent
  /** Where it seems to come from; all of 127.0.0.0/8 is this machine. */
  readonly from?: string
}

export async function flood({ port, requests, connections, make, from }: Flood): Promise<Tally> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const tally: Tally = {}
  let next = 0
  const drive = async () => {
    while (next < requests) {
      const one = make(next)
      next += 1
      const outcome = await send(one, { port, agent, ...(from !== undefined && { localAddress: from }) })
      tally[outcome] = (tally[outcome] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: connections }, drive))
  agent.destroy()
  return tally
}

interface Where {
  readonly port: number
  readonly agent: Agent
  readonly localAddress?: string
}

function send({ path, body, headers }: Sent, where: Where): Promise<string> {
  return new Promise(resolve => {
    const asked = request(
      {
        ...where,
        host: '127.0.0.1',
        path,
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      (response: IncomingMessage) => {
        response.resume()
        response.on('end', () => resolve(String(response.statusCode)))
        response.on('error', () => resolve('cut off'))
      },
    )
    asked.on('error', () => resolve('cut off'))
    asked.end(body)
  })
}
