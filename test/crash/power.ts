/** A machine that loses its power: what was written and not synced is gone. It takes a C compiler to build. */
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Power {
  /** For the service's process. */
  readonly environment: Readonly<Record<string, string>>
  /** Makes the files what a disk would have: call it once the process has ended. @returns how many writes were lost. */
  lose(): number
}

/** @returns undefined where there is no C compiler for it, or the system is another. */
export function buildShim(folder: string): string | undefined {
  const library = join(folder, 'unsynced.so')
  const source = fileURLToPath(new URL('./unsynced.c', import.meta.url))
  if (process.platform !== 'linux') return undefined
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl', '-lpthread'], { stdio: 'pipe' })
    return library
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export function createPower(
  library: string,
  { dataDir, notes }: { readonly dataDir: string; readonly notes: string },
): Power {
  mkdirSync(notes, { recursive: true })
  return {
    environment: { LD_PRELOAD: library, UNSYNCED_NOTES: notes },
    lose: () => {
      const lost = readdirSync(notes).map(file => undo(join(notes, file), join(dataDir, file)))
      // What processes share of a file lies in memory.
      for (const file of existsSync(dataDir) ? readdirSync(dataDir) : [])
        if (file.endsWith('-shm')) rmSync(join(dataDir, file))
      return lost.reduce((sum, writes) => sum + writes, 0)
    },
  }
}

const HEAD_BYTES = 24

/** Newest first, so that what was written twice is what it was before the first time. */
function undo(notes: string, path: string): number {
  const bytes = readFileSync(notes)
  const written: { readonly at: number; readonly size: number; readonly old: Buffer }[] = []
  for (let from = 0; from + HEAD_BYTES <= bytes.length; ) {
    const [at, size, count] = [0, 8, 16].map(offset => Number(bytes.readBigUInt64LE(from + offset))) as [
      number,
      number,
      number,
    ]
    written.push({ at, size, old: bytes.subarray(from + HEAD_BYTES, from + HEAD_BYTES + count) })
    from += HEAD_BYTES + count
  }
  rmSync(notes)
  if (!existsSync(path)) return 0
  const file = openSync(path, 'r+')
  for (const { at, size, old } of written.toReversed()) {
    writeSync(file, old, 0, old.length, at)
    ftruncateSync(file, size)
  }
  closeSync(file)
  return written.length
}
