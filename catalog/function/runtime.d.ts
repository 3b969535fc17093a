/**
 * What Segment gives a Destination Function, as far as ours uses it: there is no import, no timer and nothing else of Node.
 * Declared by hand, so that the compiler refuses whatever a function does not have.
 */

/** `node:crypto`, as a global. */
declare const crypto: {
  createHmac(
    algorithm: 'sha256',
    key: string,
  ): {
    update(text: string): { digest(encoding: 'hex'): string }
  }
}

/** node-fetch 2: `timeout` is its own, and a request that gets no answer rejects with a `code` or a `type`. */
declare function fetch(
  address: string,
  options: {
    readonly method: 'POST'
    readonly redirect: 'manual'
    readonly timeout: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  },
): Promise<{ readonly status: number; text(): Promise<string> }>

/** Segment tries again, for four hours. */
declare class RetryError extends Error {}
/** Segment gives the batch up. */
declare class ValidationError extends Error {}
/** Segment gives the event up. */
declare class InvalidEventPayload extends Error {}

/** Of any type. Whether it is a good one is the service's business. */
type SegmentEvent = Readonly<Record<string, unknown>>

/** As entered in Segment, in the settings of the function. */
interface Settings {
  /** Where the service is reached, such as https://inkling.example.com. */
  readonly endpoint: string
  /** The part before the colon of one of the service's SIGNING_KEYS. */
  readonly keyId: string
  /** The part after it. */
  readonly secret: string
}

/** What a batch handler tells of one event: 200 is delivered, a 5xx is tried again, anything else is given up. */
interface Verdict {
  readonly status: number
  readonly errormessage?: string
}

/** The settings as they are used. */
interface Addressed {
  /** Of the batch route. */
  readonly address: string
  readonly keyId: string
  readonly secret: string
}

interface Answer {
  readonly status: number
  readonly reply: Reply
}

/** What node-fetch throws: a system's failure has a code, a timeout a type. */
interface Failure {
  readonly name: string
  readonly code?: string
  readonly type?: string
}

/** What Inkling answers. */
interface Reply {
  /** One for each event, in order: 200 is kept and acted on, 400 is refused for ever. */
  readonly statuses?: readonly number[]
  /** Why, for as many as fit a small reply. */
  readonly errors?: readonly { readonly index: number; readonly reason: string }[]
  readonly error?: { readonly message?: string }
}
