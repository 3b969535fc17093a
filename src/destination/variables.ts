/** Every variable of the environment: its name, default, bounds and reason, one row each. Pure. */

import { SASL_MECHANISMS } from './intake/kafka/settings.ts'
import { span } from './parse-span.ts'

export const NAMES = [
  'PORT',
  'HOST',
  'DATA_DIR',
  'KEEP_LOG',
  'KEEP_LOG_GB',
  'KEEP_STORY',
  'REQUESTS_PER_ADDRESS',
  'REQUESTS_PER_KEY',
  'TRUSTED_PROXIES',
  'SEGMENT_SHARED_SECRET',
  'SEGMENT_WRITE_KEYS',
  'SIGNING_KEYS',
  'ANONYMOUS_ID_KEY',
  'ADMIN_TOKEN',
  'KLAVIYO_API_KEY',
  'KLAVIYO_BASE_URL',
  'KLAVIYO_WEBHOOK_SECRET',
  'KLAVIYO_FEEDBACK_MINUTES',
  'HUBSPOT_ACCESS_TOKEN',
  'HUBSPOT_BASE_URL',
  'HUBSPOT_CLIENT_SECRET',
  'HUBSPOT_FEEDBACK_MINUTES',
  'BRAZE_API_KEY',
  'BRAZE_REST_ENDPOINT',
  'BRAZE_UNANSWERED_EVENTS',
  'BRAZE_ANONYMOUS_VISITORS',
  'WEBHOOK_URL',
  'WEBHOOK_SECRET',
  'BRAZE_CURRENTS_TOKEN',
  'PUBLIC_URL',
  'READ_BACK',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'DATABASE_URL',
  'KAFKA_BROKERS',
  'KAFKA_TOPIC',
  'KAFKA_TLS',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_USERNAME',
  'KAFKA_PASSWORD',
] as const
export type Name = (typeof NAMES)[number]

export interface Variable {
  /** Used when the variable is absent or empty; absent means there is none. */
  readonly default?: string
  /** The bounds, in words that follow "expected". */
  readonly expected: string
  readonly accepts: (value: string) => boolean
  /** What it is for, and why its default or bound is what it is. */
  readonly reason: string
  /** Never printed. */
  readonly secret?: true
}

const READABLE: readonly string[] = ['klaviyo', 'hubspot', 'braze']
const CREDENTIAL = /^[\x21-\x7e]{1,512}$/
/** 16 random characters cannot be guessed over a network. */
export const SAFE_TOKEN_LENGTH = 16
const WRITE_KEY = /^[\w.-]{1,128}$/

/** One row per variable, in the order of the documentation. */
export const VARIABLES: Readonly<Record<Name, Variable>> = {
  PORT: {
    default: '8080',
    expected: 'a whole number from 0 to 65535',
    accepts: value => /^\d{1,5}$/.test(value) && Number(value) <= 65_535,
    reason: 'the port to listen on; 0 lets the system choose one',
  },
  HOST: {
    default: '127.0.0.1',
    expected: 'an address or host name without scheme, port or path',
    accepts: value => /^[A-Za-z0-9._:-]{1,253}$/.test(value) && !/^[^:]+:\d+$/.test(value),
    reason: 'the address to listen on; loopback until someone decides to open it',
  },
  DATA_DIR: {
    default: './data',
    expected: 'a folder',
    accepts: value => !value.includes('\0'),
    reason: 'where log and store are kept',
  },
  KEEP_LOG: {
    default: '30d',
    expected: 'a duration with its unit, such as 12h or 30d',
    accepts: value => span.safeParse(value).success,
    reason: 'how long requests stay in the log: as far back as a replay reaches',
  },
  KEEP_LOG_GB: {
    default: '20',
    expected: 'a number from 0.01 to 100000',
    accepts: value => /^\d{1,6}(\.\d{1,3})?$/.test(value) && Number(value) >= 0.01 && Number(value) <= 100_000,
    reason: 'how large the log may grow, in gigabytes, before its oldest requests go',
  },
  KEEP_STORY: {
    default: '180d',
    expected: 'a duration with its unit, such as 30d or 180d',
    accepts: value => span.safeParse(value).success,
    reason: 'how long decisions and finished deliveries stay: as far back as "explain" reaches',
  },
  REQUESTS_PER_ADDRESS: {
    default: '200',
    expected: 'a whole number from 0 to 1000000',
    accepts: value => /^\d{1,7}$/.test(value) && Number(value) <= 1_000_000,
    reason: 'requests a second that the tracking API takes from one address, five times that at once; 0: any number',
  },
  REQUESTS_PER_KEY: {
    default: '2000',
    expected: 'a whole number from 0 to 1000000',
    accepts: value => /^\d{1,7}$/.test(value) && Number(value) <= 1_000_000,
    reason:
      'requests a second that the tracking API takes with one write key, five times that at once; a third of what one machine takes',
  },
  TRUSTED_PROXIES: {
    default: '0',
    expected: 'a whole number from 0 to 5',
    accepts: value => /^[0-5]$/.test(value),
    reason:
      'how many proxies of yours append to X-Forwarded-For: without it, what comes through one is not limited by address',
  },
  SEGMENT_SHARED_SECRET: {
    expected: '1 to 512 characters',
    accepts: value => value.length <= 512,
    reason: 'verifies the X-Signature of the Segment webhook',
    secret: true,
  },
  SEGMENT_WRITE_KEYS: {
    expected: 'keys of 1 to 128 letters, digits, dots, _ or -, separated by commas',
    accepts: value => keysIn(value).length > 0 && keysIn(value).every(key => WRITE_KEY.test(key)),
    reason: 'the write keys the tracking API accepts',
    secret: true,
  },
  SIGNING_KEYS: {
    expected: `id:secret pairs separated by commas: ids of 1 to 32 letters, digits, _ or -, each once; secrets of ${SAFE_TOKEN_LENGTH} to 512 printable ASCII characters without spaces and commas`,
    accepts: areSigningKeys,
    reason: 'verifies batches at /segment/batch; two at once let a sender change over, hence the ids',
    secret: true,
  },
  ANONYMOUS_ID_KEY: {
    expected: `${SAFE_TOKEN_LENGTH} to 512 characters`,
    accepts: value => value.length >= SAFE_TOKEN_LENGTH && value.length <= 512,
    reason: 'keeps anonymous ids as hashes made with this key only; with another key, every visitor is somebody new',
    secret: true,
  },
  ADMIN_TOKEN: {
    expected: '1 to 512 printable ASCII characters without spaces',
    accepts: value => CREDENTIAL.test(value),
    reason: 'guards console, /api/* and /metrics; a header carries it, hence ASCII',
    secret: true,
  },
  KLAVIYO_API_KEY: {
    expected: 'a private API key: 1 to 512 printable ASCII characters without spaces',
    accepts: value => CREDENTIAL.test(value),
    reason: 'switches the Klaviyo connector on',
    secret: true,
  },
  KLAVIYO_BASE_URL: {
    default: 'https://a.klaviyo.com',
    expected: 'an http or https URL without user, password, query or fragment',
    accepts: isPlainUrl,
    reason: 'where Klaviyo answers; set it only to reach a stand-in or a proxy',
  },
  KLAVIYO_WEBHOOK_SECRET: {
    expected: 'the secret of a Klaviyo webhook: 1 to 512 characters',
    accepts: value => value.length <= 512,
    reason: 'verifies the Klaviyo-Signature at /hooks/klaviyo',
    secret: true,
  },
  KLAVIYO_FEEDBACK_MINUTES: {
    expected: 'a whole number from 1 to 1440',
    accepts: isMinutes,
    reason: 'asks Klaviyo this often for opens, clicks, unsubscriptions, complaints and bounces',
  },
  HUBSPOT_ACCESS_TOKEN: {
    expected: 'the access token of a private app: 1 to 512 printable ASCII characters without spaces',
    accepts: value => CREDENTIAL.test(value),
    reason: 'switches the HubSpot connector on',
    secret: true,
  },
  HUBSPOT_BASE_URL: {
    default: 'https://api.hubapi.com',
    expected: 'an http or https URL without user, password, query or fragment',
    accepts: isPlainUrl,
    reason: 'where HubSpot answers; set it only to reach a stand-in or a proxy',
  },
  HUBSPOT_CLIENT_SECRET: {
    expected: 'the client secret of an app: 1 to 512 characters',
    accepts: value => value.length <= 512,
    reason: 'verifies the X-HubSpot-Signature-v3 at /hooks/hubspot',
    secret: true,
  },
  HUBSPOT_FEEDBACK_MINUTES: {
    expected: 'a whole number from 1 to 1440',
    accepts: isMinutes,
    reason: 'asks HubSpot this often for opens, clicks, unsubscriptions, complaints and bounces',
  },
  BRAZE_API_KEY: {
    expected: 'a REST API key: 1 to 512 printable ASCII characters without spaces',
    accepts: value => CREDENTIAL.test(value),
    reason: 'switches the Braze connector on',
    secret: true,
  },
  BRAZE_REST_ENDPOINT: {
    expected: 'the REST endpoint of your cluster, such as https://rest.iad-01.braze.com, without query or fragment',
    // Braze shows three addresses side by side; the dashboard's and the one for its SDKs take no REST calls.
    accepts: value => isPlainUrl(value) && !/^https?:\/\/(dashboard|sdk)[^/]*\.braze\.(com|eu)/i.test(value),
    reason: 'where Braze answers; each cluster has its own, so there is no default',
  },
  BRAZE_UNANSWERED_EVENTS: {
    default: 'retry',
    expected: 'retry or drop',
    accepts: value => value === 'retry' || value === 'drop',
    reason: 'what becomes of an event Braze may have taken without saying so; it recognises no repeats',
  },
  BRAZE_ANONYMOUS_VISITORS: {
    default: 'wait',
    expected: 'wait or alias',
    accepts: value => value === 'wait' || value === 'alias',
    reason: 'whether visitors without a name become alias-only profiles at Braze, which count as users there',
  },
  WEBHOOK_URL: {
    expected: 'an http or https URL without user, password or fragment',
    accepts: isUrl,
    reason: 'switches the webhook on: where each delivery is posted; whoever knows the address may post there',
    secret: true,
  },
  WEBHOOK_SECRET: {
    expected: `${SAFE_TOKEN_LENGTH} to 512 printable ASCII characters without spaces`,
    accepts: value => CREDENTIAL.test(value) && value.length >= SAFE_TOKEN_LENGTH,
    reason: 'signs what the webhook posts; whoever reads along can try to guess a short one at leisure',
    secret: true,
  },
  BRAZE_CURRENTS_TOKEN: {
    expected: 'the token of a Currents connector: 1 to 512 printable ASCII characters without spaces',
    accepts: value => CREDENTIAL.test(value),
    reason: 'the bearer token that Currents shows at /hooks/braze',
    secret: true,
  },
  PUBLIC_URL: {
    expected: 'an http or https URL without user, password, query or fragment',
    accepts: isPlainUrl,
    reason:
      'where platforms reach this service, for HubSpot signs the address; set it behind a proxy that changes Host or path',
  },
  READ_BACK: {
    expected: 'any of klaviyo, hubspot and braze, separated by commas',
    accepts: value => keysIn(value).length > 0 && keysIn(value).every(name => READABLE.includes(name)),
    reason:
      'the platforms that are asked what they know of a person; each needs its own key, which then has to allow it',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    expected: 'an http or https URL without user, password, query or fragment',
    accepts: isPlainUrl,
    reason: 'where an OpenTelemetry collector takes traces over OTLP/HTTP',
  },
  DATABASE_URL: {
    expected: 'a postgres:// URL with host and database',
    accepts: isDatabaseUrl,
    reason: 'with KAFKA_BROKERS: the Postgres in which several processes keep profiles, decisions and deliveries',
    secret: true,
  },
  KAFKA_BROKERS: {
    expected: 'host:port of one or more brokers, separated by commas',
    accepts: value =>
      keysIn(value).length > 0 && keysIn(value).every(one => /^[A-Za-z0-9.[\]:_-]{1,253}:\d{1,5}$/.test(one)),
    reason: 'with DATABASE_URL: the Kafka whose topic several processes write to and read from',
  },
  KAFKA_TOPIC: {
    default: 'inkling',
    expected: '1 to 200 letters, digits, dots, hyphens or underscores',
    accepts: value => /^[\w.-]{1,200}$/.test(value),
    reason: 'the topic; two installations on one cluster need two',
  },
  KAFKA_TLS: {
    default: 'off',
    expected: 'on or off',
    accepts: value => value === 'on' || value === 'off',
    reason: 'whether the brokers are spoken to over TLS; NODE_EXTRA_CA_CERTS names a certificate authority of your own',
  },
  KAFKA_SASL_MECHANISM: {
    default: 'SCRAM-SHA-512',
    expected: SASL_MECHANISMS.join(', '),
    accepts: value => SASL_MECHANISMS.some(one => one === value),
    reason: 'how the brokers are shown who asks, where KAFKA_USERNAME is set',
  },
  KAFKA_USERNAME: {
    expected: '1 to 512 printable ASCII characters without spaces',
    accepts: value => CREDENTIAL.test(value),
    reason: 'the login at the brokers, where they want one',
  },
  KAFKA_PASSWORD: {
    expected: '1 to 512 printable ASCII characters without spaces',
    accepts: value => CREDENTIAL.test(value),
    reason: 'its password',
    secret: true,
  },
}

function isDatabaseUrl(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && ['postgres:', 'postgresql:'].includes(url.protocol) && url.pathname.length > 1
}

function areSigningKeys(value: string): boolean {
  const pairs = pairsIn(value)
  const areWhole = pairs.every(
    ({ id, secret }) => /^[\w-]{1,32}$/.test(id) && CREDENTIAL.test(secret) && secret.length >= SAFE_TOKEN_LENGTH,
  )
  return pairs.length > 0 && areWhole && new Set(pairs.map(({ id }) => id)).size === pairs.length
}

function isMinutes(value: string): boolean {
  return /^\d{1,4}$/.test(value) && Number(value) >= 1 && Number(value) <= 1_440
}

function isPlainUrl(value: string): boolean {
  return isUrl(value) && URL.parse(value)?.search === ''
}

function isUrl(value: string): boolean {
  const url = URL.parse(value)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false
  return url.username === '' && url.password === '' && url.hash === ''
}

/** @returns the pairs of a list separated by commas; what follows the first colon of each is its secret. */
export function pairsIn(value: string): { readonly id: string; readonly secret: string }[] {
  return keysIn(value).map(pair => {
    const [id = '', ...secret] = pair.split(':')
    return { id, secret: secret.join(':') }
  })
}

/** @returns the parts of a list separated by commas, without the empty ones. */
export function keysIn(value: string): string[] {
  return value
    .split(',')
    .map(key => key.trim())
    .filter(key => key !== '')
}
