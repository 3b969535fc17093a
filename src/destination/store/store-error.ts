/** What is wrong with storage that cannot be used. */
export const STORE_ERROR_CODES = ['newer_schema', 'older_schema', 'unreadable'] as const

/** Broken or unusable storage; `code` says which. */
export class StoreError extends Error {
  readonly code: (typeof STORE_ERROR_CODES)[number]
  constructor(code: (typeof STORE_ERROR_CODES)[number], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}

/** What a commit was decided on has changed meanwhile: it is to be decided again. */
export class StaleError extends Error {
  override readonly name = 'StaleError'
}
