import { rowsOf } from '../accuracy/compare.ts'
import { printTable } from '../table.ts'
import type { Played } from './play.ts'

/** Prints what was played in a browser; a figure out of bounds makes the program fail, what a browser cannot do does not. */
export function report(version: string, played: readonly Played[]): void {
  const shown = played.filter(({ missing }) => missing === undefined)
  const rows = shown.flatMap(({ scene, checks }) => rowsOf(scene.name, checks))
  printTable(['scenario', 'what', 'truth', 'measured', 'error', ''], rows)
  const out = shown.filter(({ checks, twice }) => twice > 0 || checks.some(({ ok }) => !ok))
  const twice = shown.reduce((sum, one) => sum + one.twice, 0)
  console.log(
    `\n${version}: ${shown.length} scenarios played, ${rows.length} figures compared, ${out.length} scenarios out of bounds; messages that came twice: ${twice}.`,
  )
  console.log('Bounds: 50 ms per hover and its count; active and visible time 1 % or 100 ms; scroll depth 1 %.')
  for (const { scene, missing } of played) if (missing) console.log(`Not played: ${scene.name}: ${missing}.`)
  if (out.length > 0 || shown.length === 0) process.exitCode = 1
}
