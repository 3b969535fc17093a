/** What the plugin is measured beside, from its npm builds in `bench/peers`, installed there when it is missing. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export const PEERS_FOLDER: string = fileURLToPath(new URL('../peers', import.meta.url))

export function installPeers(): void {
  if (existsSync(`${PEERS_FOLDER}/node_modules/.package-lock.json`)) return
  console.error('installing the peers in bench/peers …')
  execFileSync('npm', ['ci', '--silent'], { cwd: PEERS_FOLDER, stdio: ['ignore', 'ignore', 'inherit'] })
}

export function peerPath(path: string): string {
  return `${PEERS_FOLDER}/node_modules/${path}`
}

/** @returns the version that is installed. */
export function peerVersion(name: string): string {
  const manifest: { readonly version: string } = createRequire(import.meta.url)(peerPath(`${name}/package.json`))
  return manifest.version
}
