/** Starts a load as a process of its own. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LoadOptions, LoadResult } from './load.ts'

export function sendLoad(options: LoadOptions): Promise<LoadResult> {
  const file = fileURLToPath(new URL('./load.ts', import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString()
  })
  return new Promise(resolve => child.on('close', () => resolve(JSON.parse(text))))
}
