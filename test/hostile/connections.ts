/** Connections that ask for nothing, or take their time about it. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Tally } from './flood.ts'

/** How a request begins that never comes to its end. */
export const SLOW_HEAD = 'POST /segment HTTP/1.1\r\nhost: x\r\nx-slow: '
export const SLOW_BODY = 'POST /segment HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{"type":"'

const DRIBBLE_MS = 1_000
/** Not all in one instant: a listener's queue is short, and that is not what is asked. */
const TOGETHER = 200

/** Sends a byte a second until it is cut off. */
export async function dribble(port: number, connections: number, begin: string): Promise<Tally> {
  const tally: Tally = {}
  const one = async () => {
    const socket = connect(port, '127.0.0.1')
    const outcome = await new Promise<string>(resolve => {
      socket.on('connect', () => socket.write(begin))
      const timer = setInterval(() => socket.write('a'), DRIBBLE_MS)
      const end = (how: string) => {
        clearInterval(timer)
        resolve(how)
      }
      socket.on('data', data => end(data.toString('latin1').slice(9, 12)))
      socket.on('close', () => end('cut off'))
      socket.on('error', () => end('cut off'))
    })
    socket.destroy()
    tally[outcome] = (tally[outcome] ?? 0) + 1
  }
  await inParts(connections, one)
  return tally
}

/** Opens all of them, asks a question on each, and lets go once all have been answered or refused. */
export async function crowd(port: number, connections: number): Promise<Tally> {
  const tally: Tally = {}
  const open: Socket[] = []
  await inParts(connections, async () => {
    const socket = connect(port, '127.0.0.1')
    open.push(socket)
    const outcome = await new Promise<string>(resolve => {
      socket.on('connect', () => socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'))
      socket.on('data', data => resolve(data.toString('latin1').slice(9, 12)))
      socket.on('close', () => resolve('cut off'))
      socket.on('error', () => resolve('cut off'))
    })
    tally[outcome] = (tally[outcome] ?? 0) + 1
  })
  for (const socket of open) socket.destroy()
  return tally
}

async function inParts(count: number, one: () => Promise<void>): Promise<void> {
  const all: Promise<void>[] = []
  for (let begun = 0; begun < count; begun += 1) {
    all.push(one())
    if (begun % TOGETHER === TOGETHER - 1) await sleep(20)
  }
  await Promise.all(all)
}
