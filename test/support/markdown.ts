/** Reads the documents as far as tests hold them to the code: tables, sections, fences, links. */
import { globSync, readFileSync } from 'node:fs'

/** Every document a user reads, by its path from the root. */
export const DOCUMENTS: readonly string[] = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...globSync('docs/*.md')]

export function read(path: string): string {
  return readFileSync(path, 'utf8')
}

/** The cells of every table row, header rows included, `code` without its ticks. */
export function rowsOf(markdown: string): readonly (readonly string[])[] {
  return markdown
    .split('\n')
    .filter(line => /^\|.*\|$/.test(line) && !/^[|\s-]+$/.test(line))
    .map(line =>
      line
        .slice(1, -1)
        .split('|')
        .map(cell => cell.trim().replace(/^`([^`]*)`$/, '$1')),
    )
}

/** What stands under a heading, up to the next one of the same or a higher rank. */
export function sectionOf(markdown: string, heading: string): string {
  const line = markdown.split('\n').find(text => text.replace(/^#+ /, '') === heading && text.startsWith('#'))
  if (line === undefined) throw new Error(`there is no heading "${heading}"`)
  const [rank = ''] = line.split(' ')
  const [, after = ''] = markdown.split(`\n${line}\n`)
  return after.split(new RegExp(`^#{1,${rank.length}} `, 'm'))[0] ?? ''
}

/** The code of every fence in one language, also within a list. */
export function fencesOf(markdown: string, language: string): readonly string[] {
  const fence = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\`$`, 'gm')
  return [...markdown.matchAll(fence)].map(([, indent = '', code = '']) => code.replaceAll(`\n${indent}`, '\n'))
}

/** Relative links and images: the file, and the heading if one is named. */
export function linksOf(markdown: string): readonly { readonly file: string; readonly anchor: string }[] {
  return [...markdown.matchAll(/\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)/g)].map(([, file = '', anchor = '']) => ({
    file,
    anchor,
  }))
}

/** The anchors a document's headings get. */
export function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}
