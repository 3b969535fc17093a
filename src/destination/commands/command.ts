/** What every command is given and gives back. */
import type { Readable } from 'node:stream'
import type { Environment } from '../config.ts'

export interface Terminal {
  readonly environment: Environment
  /** Where relative paths start. */
  readonly folder: string
  /** Epoch ms. */
  readonly now: () => number
  /** 0–1. */
  readonly random: () => number
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  /** Replaces the last line of the screen, `''` to clear it; absent when nobody watches. */
  readonly status?: (text: string) => void
  readonly stdin: () => Readable
  /** To the service that runs on this machine. */
  readonly request: typeof fetch
  /** Settles on Ctrl-C or a polite kill. */
  readonly untilAskedToStop: () => Promise<void>
}

/** @returns the exit code: 0 done, 1 failed, 2 called wrongly, 130 stopped by Ctrl-C before the end. */
export type Command = (args: readonly string[], terminal: Terminal) => Promise<number>

export const EXIT = { done: 0, failed: 1, misused: 2, stopped: 130 } as const
