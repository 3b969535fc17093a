/** The part of puppeteer-core that the benches use; it is installed with the peers, not with the project. */
import { installPeers, PEERS_FOLDER } from '../peers.ts'

export interface Tab {
  goto(url: string): Promise<unknown>
  reload(): Promise<unknown>
  url(): string
  evaluate<A extends readonly unknown[], R>(run: (...args: A) => R, ...args: A): Promise<Awaited<R>>
  waitForFunction(run: () => unknown): Promise<unknown>
  bringToFront(): Promise<void>
  close(options: { readonly runBeforeUnload: boolean }): Promise<void>
  createCDPSession(): Promise<{ send(method: string, params: object): Promise<unknown> }>
  readonly mouse: {
    move(x: number, y: number, options?: { readonly steps: number }): Promise<void>
    click(x: number, y: number): Promise<void>
    wheel(options: { readonly deltaY: number }): Promise<void>
  }
  readonly keyboard: {
    press(key: string): Promise<void>
    type(text: string, options: { readonly delay: number }): Promise<void>
  }
}

export interface Driven {
  version(): Promise<string>
  newPage(): Promise<Tab>
  close(): Promise<void>
}

interface LaunchOptions {
  readonly browser: 'chrome' | 'firefox'
  readonly executablePath: string
  readonly headless: true
  readonly args: readonly string[]
  readonly ignoreDefaultArgs: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly defaultViewport: { readonly width: number; readonly height: number }
}

interface Puppeteer {
  readonly default: { launch(options: LaunchOptions): Promise<Driven> }
}

export interface Program {
  readonly browser: 'chrome' | 'firefox'
  readonly path: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a browser that keeps left pages as a visitor's would: in its back/forward cache. */
export async function launch({ browser, path, env }: Program): Promise<Driven> {
  installPeers()
  const { default: puppeteer }: Puppeteer = await import(
    new URL('node_modules/puppeteer-core/lib/puppeteer/puppeteer-core.js', `file://${PEERS_FOLDER}/`).href
  )
  return puppeteer.launch({
    browser,
    executablePath: path,
    headless: true,
    args: browser === 'chrome' ? ['--no-sandbox', '--no-zygote', '--disable-gpu'] : [],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    env: { ...process.env, ...env },
    defaultViewport: { width: 800, height: 600 },
  })
}
