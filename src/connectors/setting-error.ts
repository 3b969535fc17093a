export const SETTING_ERROR_CODES = ['MALFORMED_KEY', 'MALFORMED_URL'] as const
export type SettingErrorCode = (typeof SETTING_ERROR_CODES)[number]

/** A connector cannot be made from these settings. The message names the setting and the remedy, never a key's value. */
export class SettingError extends Error {
  readonly code: SettingErrorCode

  constructor(code: SettingErrorCode, message: string) {
    super(message)
    this.name = 'SettingError'
    this.code = code
  }
}

/** @returns the key as it may stand in a header. Throws when it is empty or holds what no header can carry. */
export function checkedKey(setting: string, key: string): string {
  // A newline pasted along would make `fetch` throw an error that quotes the whole header, key included.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new SettingError(
      'MALFORMED_KEY',
      `${setting} is empty or holds a space, a line break or a non-ASCII character`,
    )
  }
  return key
}

/** @returns the address without a trailing slash. Throws when it is not an absolute http(s) URL without query or hash. */
export function checkedUrl(setting: string, url: string): string {
  const parsed = webAddress(url)
  if (parsed === undefined || parsed.search !== '') throw malformedUrl(setting)
  return parsed.href.replace(/\/+$/, '')
}

/** @returns an address that is posted to as it is: a slash at its end or a query belongs to it. Throws as `checkedUrl`. */
export function checkedHook(setting: string, url: string): string {
  const parsed = webAddress(url)
  if (parsed === undefined) throw malformedUrl(setting)
  return parsed.href
}

function webAddress(url: string): URL | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const web = parsed?.protocol === 'https:' || parsed?.protocol === 'http:'
  const plain = parsed?.hash === '' && parsed.username === '' && parsed.password === ''
  return web && plain ? parsed : undefined
}

function malformedUrl(setting: string): SettingError {
  return new SettingError('MALFORMED_URL', `${setting} must be an http(s) address such as https://example.com`)
}
