/**
 * Makes a release: sees that everything is as it must be, and tags it. The tag makes `.github/workflows/release.yml` publish
 * it, for npm gives a provenance only to what a public build published.
 *
 * npm run release             sees what stands in the way, runs .ci/run, and tags
 * npm run release -- --dry    sees what stands in the way, and no more
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const dry = process.argv.includes('--dry')
const git = (...args: readonly string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
const manifest: { version: string; repository?: unknown } = JSON.parse(readFileSync('package.json', 'utf8'))
const { version } = manifest
const tag = `v${version}`

const problems = hindrances()
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
if (dry) console.log(`Nothing stands in the way of ${tag}.`)
else release()

/** All at once, each with what to do. */
function hindrances(): readonly string[] {
  const changelog = readFileSync('CHANGELOG.md', 'utf8')
  const released = new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`, 'm')
  return [
    !/^\d+\.\d+\.\d+$/.test(version) && `package.json: found version ${version}, expected three numbers.`,
    // npm holds the provenance against it.
    manifest.repository === undefined && 'package.json: name the repository that the release is built from.',
    git('branch', '--show-current') !== 'main' && 'This is not the branch main: a release is made of what has landed.',
    git('status', '--porcelain') !== '' && 'There are changes that are not committed: commit them or take them back.',
    git('tag', '--list', tag) !== '' && `The tag ${tag} is there already: raise the version in package.json.`,
    !released.test(changelog) &&
      `CHANGELOG.md: expected a heading "## [${version}] - ", with the day, above what is new.`,
  ].filter(problem => problem !== false)
}

function release(): void {
  if (spawnSync('.ci/run', { stdio: 'inherit' }).status !== 0) {
    console.error('.ci/run failed: nothing was tagged.')
    process.exit(1)
  }
  git('tag', '--annotate', tag, '--message', `Release ${version}`)
  console.log(`Tagged ${tag}. To publish it: git push origin main ${tag}`)
}
