/**
 * A headless Chromium from npm alone: no system package, no download at install. The scripted visitor of the demo and the
 * tests in a real browser start it here.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

const PACKAGE = import.meta.resolve('@sparticuz/chromium')

/**
 * The package's own list of flags is for one sandboxed function on Lambda. Of it we take only what a page may not notice:
 * `--disable-web-security` would hide every CORS mistake, and `--single-process` lets one closed tab end the browser.
 */
const FLAGS = ['--no-zygote', '--disable-gpu', '--font-render-hinting=none', '--force-color-profile=srgb']

export interface ChromiumOptions {
  /** Look like a person's browser: `navigator.webdriver` is false and the user agent is plain Chrome. Default: false. */
  readonly asVisitor?: boolean | undefined
}

export interface OpenChromium {
  readonly browser: Browser
  close(): Promise<void>
}

/** A Chromium that can be started. */
export interface ChromiumProgram {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
  readonly version: string
}

/**
 * Where Chromium is. `INKLING_CHROMIUM` may name another one, such as the system's.
 * The first call on a machine unpacks 66 MB into the temporary folder (2 s); any number of processes may do so at once.
 */
export async function findChromium(): Promise<ChromiumProgram> {
  const { version }: { version: string } = JSON.parse(await readFile(new URL('../package.json', PACKAGE), 'utf8'))
  const own = process.env.INKLING_CHROMIUM
  if (own !== undefined) return { path: own, env: {}, version }
  const home = join(tmpdir(), `inkling-chromium-${version}`)
  if (!existsSync(home)) await unpack(home)
  return { path: join(home, 'chromium'), env: fallbacks(home), version }
}

/** Starts headless Chromium. */
export async function openChromium(options: ChromiumOptions = {}): Promise<OpenChromium> {
  const { path, env, version } = await findChromium()
  const browser = await chromium.launch({
    executablePath: path,
    headless: true,
    // Whoever opens it closes it. Playwright's own answer to Ctrl-C ends this process before its other parts have stopped.
    handleSIGINT: false,
    handleSIGTERM: false,
    args: options.asVisitor ? [...FLAGS, ...visitorFlags(version)] : FLAGS,
    env: { ...process.env, ...env },
  })
  return { browser, close: () => browser.close() }
}

function visitorFlags(version: string): readonly string[] {
  const agent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0 Safari/537.36`
  return ['--disable-blink-features=AutomationControlled', `--user-agent=${agent}`]
}

/** NSS and a font for machines that have neither, such as a bare container; elsewhere they change nothing. */
function fallbacks(home: string): Record<string, string> {
  const libraries = process.env.LD_LIBRARY_PATH
  return {
    LD_LIBRARY_PATH: [...(libraries ? [libraries] : []), join(home, 'al2023', 'lib')].join(':'),
    FONTCONFIG_FILE: join(home, 'fonts.conf'),
  }
}

/**
 * Unpacks into a folder of its own and moves it into place in one step, so that nobody ever starts a half-written binary.
 * The package writes where TMPDIR points, hence a child process with its own.
 */
async function unpack(home: string): Promise<void> {
  const draft = await mkdtemp(`${home}-`)
  const script = 'const { default: chromium } = await import(process.argv[1]); await chromium.executablePath()'
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, PACKAGE], {
    // The runtime's name makes the package unpack its libraries too.
    env: { ...process.env, TMPDIR: draft, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' },
  })
  await mkdir(join(draft, 'fonts-cache'))
  await writeFile(join(draft, 'fonts.conf'), fontsConf(home))
  try {
    await rename(draft, home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!existsSync(home)) throw new Error(`could not unpack Chromium into ${home}`, { cause: error })
  }
}

function fontsConf(home: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${home}/fonts</dir>
  <cachedir>${home}/fonts-cache</cachedir>
</fontconfig>
`
}
