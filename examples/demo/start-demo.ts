/** Everything the demo is made of, started in order and stopped in reverse. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StandIns } from './accounts.ts'
import { type Ending, startDestination } from './destination.ts'
import { startPlatforms } from './platforms.ts'
import { type Shop, startShop } from './shop-server.ts'

export interface DemoOptions {
  /** Where the shop listens; absent: 4000, or the next free one. 0: any free one. */
  readonly port?: number | undefined
}

export interface Demo {
  readonly shopUrl: string
  readonly destinationUrl: string
  readonly standIns: StandIns
  /** Resolves when the destination ends. */
  readonly ended: Promise<Ending>
  close(): Promise<void>
}

const DEFAULT_PORT = 4000
/** How many ports after the default are tried. */
const NEXT_PORTS = 20

/** Rejects, with everything stopped again, when a part cannot start. */
export async function startDemo({ port }: DemoOptions): Promise<Demo> {
  const parts: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const stop of parts.splice(0).reverse()) await stop()
  }
  try {
    const platforms = await startPlatforms()
    parts.push(platforms.close)
    const dataDir = await mkdtemp(join(tmpdir(), 'inkling-demo-'))
    parts.push(() => rm(dataDir, { recursive: true, force: true }))
    const destination = await startDestination({ dataDir, writeKey: 'demo', platforms: platforms.environment })
    parts.push(() => destination.stop())
    const shop = await openShop(port, { destinationUrl: destination.url, standIns: platforms })
    parts.push(() => shop.close())
    return { shopUrl: shop.url, destinationUrl: destination.url, standIns: platforms, ended: destination.ended, close }
  } catch (error) {
    await close()
    throw error
  }
}

type ShopParts = Pick<Parameters<typeof startShop>[0], 'destinationUrl' | 'standIns'>

/** A port that was asked for is taken as it is; the default gives way to the next free one. */
async function openShop(port: number | undefined, parts: ShopParts): Promise<Shop> {
  const first = port ?? DEFAULT_PORT
  const last = port ?? DEFAULT_PORT + NEXT_PORTS
  for (let tried = first; ; tried += 1) {
    try {
      return await startShop({ ...parts, port: tried })
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!isTaken || tried >= last) {
        const range = first === last ? `port ${first} is` : `ports ${first} to ${last} are`
        throw isTaken ? new Error(`${range} taken; choose another with --port`, { cause: error }) : error
      }
    }
  }
}
