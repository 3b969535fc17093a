/**
 * A line to a platform that breaks now and then: connections are reset, or taken and never answered, in turns. What stands
 * behind it notices nothing but silence.
 */
import { connect, createServer, type Socket } from 'node:net'

export interface Line {
  readonly port: number
  /** How often it broke. */
  outages(): number
  close(): void
}

export interface Rhythm {
  /** From the beginning of one outage to that of the next, ms. */
  readonly everyMs: number
  readonly forMs: number
}

export async function startFlappingLine(to: number, { everyMs, forMs }: Rhythm): Promise<Line> {
  const open = new Set<Socket>()
  let state: 'up' | 'resets' | 'silent' = 'up'
  let outages = 0
  const server = createServer(socket => {
    keep(socket)
    if (state === 'resets') return void socket.resetAndDestroy()
    // Whoever came while nothing was answered has to come anew.
    if (state === 'silent') return
    const behind = connect(to, '127.0.0.1')
    keep(behind)
    socket.pipe(behind).pipe(socket)
    socket.on('close', () => behind.destroy())
    behind.on('close', () => socket.destroy())
  })
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
  }
  const interval = setInterval(() => {
    outages += 1
    state = outages % 2 === 1 ? 'resets' : 'silent'
    for (const socket of open)
      if (state === 'resets') socket.resetAndDestroy()
      else socket.unpipe()
    setTimeout(() => {
      state = 'up'
      for (const socket of open) socket.destroy()
    }, forMs)
  }, everyMs)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    outages: () => outages,
    close: () => {
      clearInterval(interval)
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
