/** What goes between a client and a stand-in, kept so that a published description can judge it. */

export interface Exchange {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly request?: unknown
  readonly status: number
  /** Nothing for an empty body. */
  readonly reply: unknown
}

/** @returns a `fetch` that adds both sides of each exchange to `seen`. */
export function recording(seen: Exchange[]): typeof fetch {
  return async (url, init) => {
    const response = await fetch(url, init)
    const text = await response.clone().text()
    seen.push({
      method: init?.method ?? 'GET',
      path: new URL(String(url)).pathname,
      ...(typeof init?.body === 'string' && { request: JSON.parse(init.body) }),
      status: response.status,
      reply: text === '' ? undefined : JSON.parse(text),
    })
    return response
  }
}
