/** What every platform stand-in has in common: the requests it saw, and the faults it can be told to show. */

export interface SeenRequest {
  /** Epoch ms. */
  readonly at: number
  readonly method: string
  /** With its query. */
  readonly path: string
  /** The status sent; 0 when the answer was broken off or never came. */
  readonly status: number
}

/** A way to fail. */
export type Fault =
  /** 429 in the platform's own words, with `Retry-After`. */
  | { readonly kind: 'throttle'; readonly retryAfterS: number }
  /** That status in the platform's own words. */
  | { readonly kind: 'status'; readonly status: number }
  /** A web page where JSON was due, such as a proxy's error or a CDN's challenge. */
  | { readonly kind: 'html'; readonly status: number }
  /** The true answer announced, half of it sent, then the connection reset. */
  | { readonly kind: 'half-body' }
  /** Nothing for `ms`, then the connection ends. */
  | { readonly kind: 'silence'; readonly ms: number }

export interface FaultOptions {
  /** How many requests it breaks. Default 1. */
  readonly times?: number
  /** Only requests whose path starts like this. Default all. */
  readonly path?: string
  /** Does the work, then breaks the answer: the sender cannot know whether it arrived. Default false. */
  readonly afterRecording?: boolean
}
