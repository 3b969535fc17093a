import { execFileSync } from 'node:child_process'

/** Builds once before the tests, so that what the browser and the commands run is what stands in `src/`. */
export function setup(): void {
  execFileSync('npm', ['run', '-s', 'build'], { stdio: 'inherit' })
}
