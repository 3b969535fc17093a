/**
 * Reads a Dockerfile and follows it without Docker: each stage is a folder in the place of its root, and the same files are
 * copied and the same commands run in the same order. It knows the instructions that ours has.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, statSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'

export interface Instruction {
  readonly name: string
  readonly text: string
}

export interface Stage {
  readonly base: string
  readonly name: string
  readonly instructions: readonly Instruction[]
}

export function parseDockerfile(source: string): readonly Stage[] {
  const lines = source
    .replace(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter(line => line.trim() !== '')
  const stages: { base: string; name: string; instructions: Instruction[] }[] = []
  for (const line of lines) {
    const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    if (name === 'FROM') {
      const [base = '', , alias = String(stages.length)] = text.split(' ')
      stages.push({ base, name: alias, instructions: [] })
    } else stages.at(-1)?.instructions.push({ name, text })
  }
  return stages
}

/** A container's file system as a folder, and what its processes are given. */
export interface Built {
  readonly root: string
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * Follows all stages.
 *
 * @param place - where stages come to lie, each in a folder of its name.
 * @returns the last one.
 */
export function follow(stages: readonly Stage[], context: string, place: string): Built {
  const built = new Map<string, Built>()
  for (const stage of stages) built.set(stage.name, build(stage, { context, place, built }))
  const last = built.get(stages.at(-1)?.name ?? '')
  if (last === undefined) throw new Error('the Dockerfile has no stage')
  return last
}

interface Site {
  readonly context: string
  readonly place: string
  readonly built: ReadonlyMap<string, Built>
}

function build(stage: Stage, { context, place, built }: Site): Built {
  const root = join(place, stage.name)
  let workdir = root
  let env: Readonly<Record<string, string>> = { PATH: withNode(root) }
  for (const { name, text } of stage.instructions) {
    if (name === 'WORKDIR') {
      workdir = join(root, text)
      mkdirSync(workdir, { recursive: true })
    } else if (name === 'ENV') {
      env = { ...env, ...Object.fromEntries(text.split(' ').map(pair => pair.split('='))) }
    } else if (name === 'RUN') {
      // As a build does, its commands reach the registry in this machine's way.
      const outside = { ...process.env, ...env }
      const options = { cwd: workdir, env: outside, stdio: ['ignore', 'ignore', 'inherit'] } as const
      execFileSync('sh', ['-c', within(root, text)], options)
    } else if (name === 'COPY') {
      const [, from, paths = ''] = /^(?:--from=(\w+) )?(.*)$/.exec(text) ?? []
      const source = from === undefined ? context : (built.get(from)?.root ?? '')
      copy(source, workdir, paths.split(' '))
    }
  }
  return { root, workdir, env }
}

function copy(source: string, workdir: string, paths: readonly string[]): void {
  const to = join(workdir, paths.at(-1) ?? '')
  for (const path of paths.slice(0, -1)) {
    const from = join(source, path)
    const target = statSync(from).isDirectory() ? to : join(to, basename(from))
    cpSync(from, target, { recursive: true, verbatimSymlinks: true })
  }
}

/** Absolute paths of a command are the container's. Who is not root cannot give a folder away, and keeps it. */
function within(root: string, command: string): string {
  const placed = command.replace(/ \/(?=\w)/g, ` ${root}/`)
  return process.getuid?.() === 0 ? placed : placed.replace(/ -[og] \d+/g, '')
}

/** Puts the Node that runs this, with its npm, where the image has its own. */
function withNode(root: string): string {
  const bin = join(root, 'usr/local/bin')
  mkdirSync(bin, { recursive: true })
  copyFileSync(process.execPath, join(bin, 'node'))
  chmodSync(join(bin, 'node'), 0o755)
  return [bin, process.env['PATH']].join(delimiter)
}
