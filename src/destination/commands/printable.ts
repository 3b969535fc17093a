/** What strangers wrote may hold what a terminal obeys, or what turns the direction of a line: on a screen it is shown instead. */

/** Controls but for the line's end and the tab, and what sets or isolates the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

export function printable(text: string): string {
  return text.replace(OBEYED, found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`).toWellFormed()
}
