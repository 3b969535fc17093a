/**
 * The environment: where the service listens, where it keeps things, and its secrets. Pure; `main.ts` hands over
 * `process.env`. What the service does with behaviour stands in `inkling.config.ts` instead.
 */

import type { FeedbackSettings, FeedbackWays } from '../connectors/feedback.ts'
import { type KafkaSettings, SASL_MECHANISMS } from './intake/kafka/settings.ts'
import { span } from './parse-span.ts'
import { keysIn, NAMES, type Name, pairsIn, SAFE_TOKEN_LENGTH, VARIABLES } from './variables.ts'

/** Everything the environment says, checked and frozen. */
export interface Settings {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** The folder of the embedded store and log. */
  readonly dataDir: string
  readonly limits: LimitSettings
  /** What is kept, and for how long. */
  readonly keeping: Keeping
  readonly segment: SegmentSettings
  /** Anonymous ids are kept as hashes made with it; without one, as they come. */
  readonly anonymousIdKey?: string
  /** Without one, console, API and metrics answer on loopback only. */
  readonly adminToken?: string
  /** Where traces go; without one, there are none. */
  readonly tracesEndpoint?: string
  /** What several processes share; without it, log and store are files of one. */
  readonly scale?: ScaleSettings
  /** Those with a key; none means the preview connector. */
  readonly connectors: {
    readonly klaviyo?: KlaviyoSettings
    readonly hubspot?: HubspotSettings
    readonly braze?: BrazeSettings
    readonly webhook?: WebhookSettings
  }
  /** What platforms tell of their e-mails, by themselves or when asked. */
  readonly feedback: FeedbackSettings & {
    /** Where platforms reach this service, without a slash at its end. */
    readonly publicUrl?: string
  }
}

export interface ScaleSettings {
  readonly databaseUrl: string
  readonly kafka: KafkaSettings
}

export interface LimitSettings {
  /** Requests a second from one address, over some seconds; 0: any number. */
  readonly perAddress: number
  /** The same with one write key, from all addresses. */
  readonly perKey: number
  /** Proxies that stand between the senders and us, each of which appends to X-Forwarded-For. */
  readonly trustedProxies: number
}

export interface Keeping {
  /** Requests in the log, ms and bytes: whichever is reached first. */
  readonly logMs: number
  readonly logBytes: number
  /** Decisions, and deliveries that are done or given up, ms. */
  readonly storyMs: number
}

export interface SegmentSettings {
  /** Verifies `X-Signature`; without one, the webhook answers on loopback only. */
  readonly sharedSecret?: string
  /** Accepted by the tracking API; without any, it takes every key, on loopback only. */
  readonly writeKeys: readonly string[]
  /** Verify signed batches; without them, those are taken on loopback only. */
  readonly signingKeys?: readonly SigningKey[]
}

/** Several at once let a sender change over from one to the next. */
export interface SigningKey {
  readonly id: string
  readonly secret: string
}

export interface KlaviyoSettings {
  readonly apiKey: string
  readonly baseUrl: string
  /** Present where it is switched on. */
  readonly readBack?: true
}

export interface HubspotSettings {
  readonly accessToken: string
  readonly baseUrl: string
  /** Present where it is switched on. */
  readonly readBack?: true
}

export interface BrazeSettings {
  readonly apiKey: string
  readonly baseUrl: string
  readonly unansweredEvents: 'retry' | 'drop'
  readonly anonymousVisitors: 'wait' | 'alias'
  /** Present where it is switched on. */
  readonly readBack?: true
}

export interface WebhookSettings {
  readonly url: string
  readonly secret: string
}

export type Environment = Readonly<Record<string, string | undefined>>

export type ParsedEnvironment =
  | { readonly kind: 'ok'; readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/** Which variables switch a platform on, and say where it is. */
const PLATFORMS = [
  { name: 'klaviyo', key: 'KLAVIYO_API_KEY', url: 'KLAVIYO_BASE_URL' },
  { name: 'hubspot', key: 'HUBSPOT_ACCESS_TOKEN', url: 'HUBSPOT_BASE_URL' },
] as const

/** Useless without the key by which the platform is asked: for events, or whom it means. */
const NEEDING_A_KEY: readonly (readonly [name: Name, key: Name])[] = [
  ['KLAVIYO_WEBHOOK_SECRET', 'KLAVIYO_API_KEY'],
  ['KLAVIYO_FEEDBACK_MINUTES', 'KLAVIYO_API_KEY'],
  ['HUBSPOT_CLIENT_SECRET', 'HUBSPOT_ACCESS_TOKEN'],
  ['HUBSPOT_FEEDBACK_MINUTES', 'HUBSPOT_ACCESS_TOKEN'],
]

/** Both or neither. */
const PAIRS: readonly { readonly pair: readonly [Name, Name]; readonly why: string }[] = [
  { pair: ['DATABASE_URL', 'KAFKA_BROKERS'], why: 'scale-out needs both, one machine needs neither' },
  { pair: ['KAFKA_USERNAME', 'KAFKA_PASSWORD'], why: 'a login needs both' },
  { pair: ['BRAZE_API_KEY', 'BRAZE_REST_ENDPOINT'], why: 'Braze needs both' },
  { pair: ['WEBHOOK_URL', 'WEBHOOK_SECRET'], why: 'the webhook needs both' },
]

/**
 * Checks an environment. Unknown variables are not ours and are ignored; an empty value counts as absent.
 *
 * @returns frozen settings with what an operator should know, or everything that is wrong, at once. No secret is quoted.
 */
export function parseEnvironment(env: Environment): ParsedEnvironment {
  const value = (name: Name): string | undefined => {
    const given = env[name]?.trim()
    return given === undefined || given === '' ? VARIABLES[name].default : given
  }
  const problems = [...wrongValues(value), ...wrongCombinations(env)]
  if (problems.length > 0) return { kind: 'invalid', problems }
  const settings = toSettings(value)
  return { kind: 'ok', settings, warnings: Object.freeze(warningsFor(settings)) }
}

/** Whether a listening address is reachable from this machine only. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function wrongValues(value: (name: Name) => string | undefined): string[] {
  const problems: string[] = []
  for (const name of NAMES) {
    const variable = VARIABLES[name]
    const given = value(name)
    if (given === undefined || variable.accepts(given)) continue
    const found = variable.secret ? 'a value (not shown)' : JSON.stringify(given.slice(0, 80))
    problems.push(`${name}: found ${found}, expected ${variable.expected}`)
  }
  return problems
}

function wrongCombinations(env: Environment): string[] {
  const isSet = (name: Name): boolean => (env[name]?.trim() ?? '') !== ''
  const problems: string[] = []
  for (const { pair, why } of PAIRS) {
    const [present, absent] = isSet(pair[0]) ? pair : pair.toReversed()
    if (isSet(pair[0]) !== isSet(pair[1])) problems.push(`${present}: found without ${absent}; ${why}`)
  }
  for (const { url, key } of PLATFORMS) {
    if (!isSet(url) || isSet(key)) continue
    problems.push(`${url}: found without ${key}; set the key, or remove the address to run in preview`)
  }
  for (const [name, key] of NEEDING_A_KEY)
    if (isSet(name) && !isSet(key)) problems.push(`${name}: found without ${key}, with which the platform is asked`)
  for (const { name, key } of [...PLATFORMS, { name: 'braze', key: 'BRAZE_API_KEY' } as const])
    if (keysIn(env['READ_BACK'] ?? '').includes(name) && !isSet(key))
      problems.push(`READ_BACK: found ${name} without ${key}; set the key, or leave ${name} out`)
  return problems
}

function toSettings(value: (name: Name) => string | undefined): Settings {
  const sharedSecret = value('SEGMENT_SHARED_SECRET')
  const signingKeys = value('SIGNING_KEYS')
  const adminToken = value('ADMIN_TOKEN')
  const anonymousIdKey = value('ANONYMOUS_ID_KEY')
  const tracesEndpoint = value('OTEL_EXPORTER_OTLP_ENDPOINT')
  const scale = scaleSettings(value)
  const apiKey = value('KLAVIYO_API_KEY')
  const reads = (name: string) => readBackOf(name, value)
  const klaviyo =
    apiKey && Object.freeze({ apiKey, baseUrl: withoutSlash(value('KLAVIYO_BASE_URL') ?? ''), ...reads('klaviyo') })
  const braze = brazeSettings(value)
  const webhook = webhookSettings(value)
  const accessToken = value('HUBSPOT_ACCESS_TOKEN')
  const hubspot =
    accessToken &&
    Object.freeze({
      accessToken,
      baseUrl: withoutSlash(value('HUBSPOT_BASE_URL') ?? ''),
      ...reads('hubspot'),
    })
  return Object.freeze({
    host: value('HOST') ?? '',
    port: Number(value('PORT')),
    dataDir: value('DATA_DIR') ?? '',
    limits: Object.freeze({
      perAddress: Number(value('REQUESTS_PER_ADDRESS')),
      perKey: Number(value('REQUESTS_PER_KEY')),
      trustedProxies: Number(value('TRUSTED_PROXIES')),
    }),
    keeping: Object.freeze({
      logMs: span.parse(value('KEEP_LOG')),
      logBytes: Number(value('KEEP_LOG_GB')) * 1_000_000_000,
      storyMs: span.parse(value('KEEP_STORY')),
    }),
    segment: Object.freeze({
      ...(sharedSecret === undefined ? {} : { sharedSecret }),
      writeKeys: Object.freeze([...new Set(keysIn(value('SEGMENT_WRITE_KEYS') ?? ''))]),
      ...(signingKeys !== undefined && {
        signingKeys: Object.freeze(pairsIn(signingKeys).map(pair => Object.freeze(pair))),
      }),
    }),
    ...(anonymousIdKey !== undefined && { anonymousIdKey }),
    ...(tracesEndpoint !== undefined && { tracesEndpoint }),
    ...(scale !== undefined && { scale }),
    ...(adminToken === undefined ? {} : { adminToken }),
    connectors: Object.freeze({
      ...(klaviyo && { klaviyo }),
      ...(hubspot && { hubspot }),
      ...(braze && { braze }),
      ...(webhook && { webhook }),
    }),
    feedback: feedbackSettings(value),
  })
}

function scaleSettings(value: (name: Name) => string | undefined): ScaleSettings | undefined {
  const [databaseUrl, brokers] = [value('DATABASE_URL'), value('KAFKA_BROKERS')]
  if (databaseUrl === undefined || brokers === undefined) return undefined
  const [username, password] = [value('KAFKA_USERNAME'), value('KAFKA_PASSWORD')]
  const mechanism = SASL_MECHANISMS.find(one => one === value('KAFKA_SASL_MECHANISM')) ?? 'SCRAM-SHA-512'
  return Object.freeze({
    databaseUrl,
    kafka: Object.freeze({
      brokers: Object.freeze(keysIn(brokers)),
      topic: value('KAFKA_TOPIC') ?? '',
      tls: value('KAFKA_TLS') === 'on',
      ...(username !== undefined && password !== undefined && { login: { mechanism, username, password } }),
    }),
  })
}

function feedbackSettings(value: (name: Name) => string | undefined): Settings['feedback'] {
  const publicUrl = value('PUBLIC_URL')
  const klaviyo = waysOf(value('KLAVIYO_WEBHOOK_SECRET'), value('KLAVIYO_FEEDBACK_MINUTES'))
  const hubspot = waysOf(value('HUBSPOT_CLIENT_SECRET'), value('HUBSPOT_FEEDBACK_MINUTES'))
  const braze = waysOf(value('BRAZE_CURRENTS_TOKEN'), undefined)
  return Object.freeze({
    ...(publicUrl !== undefined && { publicUrl: withoutSlash(publicUrl) }),
    ...(klaviyo && { klaviyo }),
    ...(hubspot && { hubspot }),
    ...(braze && { braze }),
  })
}

function waysOf(hookSecret: string | undefined, minutes: string | undefined): FeedbackWays | undefined {
  if (hookSecret === undefined && minutes === undefined) return undefined
  return Object.freeze({
    ...(hookSecret !== undefined && { hookSecret }),
    ...(minutes !== undefined && { everyMs: Number(minutes) * 60_000 }),
  })
}

function brazeSettings(value: (name: Name) => string | undefined): BrazeSettings | undefined {
  const apiKey = value('BRAZE_API_KEY')
  if (apiKey === undefined) return undefined
  const baseUrl = withoutSlash(value('BRAZE_REST_ENDPOINT') ?? '')
  const unansweredEvents = value('BRAZE_UNANSWERED_EVENTS') === 'drop' ? 'drop' : 'retry'
  const anonymousVisitors = value('BRAZE_ANONYMOUS_VISITORS') === 'alias' ? 'alias' : 'wait'
  return Object.freeze({ apiKey, baseUrl, unansweredEvents, anonymousVisitors, ...readBackOf('braze', value) })
}

function readBackOf(platform: string, value: (name: Name) => string | undefined): { readonly readBack?: true } {
  return keysIn(value('READ_BACK') ?? '').includes(platform) ? { readBack: true } : {}
}

function webhookSettings(value: (name: Name) => string | undefined): WebhookSettings | undefined {
  const [url, secret] = [value('WEBHOOK_URL'), value('WEBHOOK_SECRET')]
  return url === undefined || secret === undefined ? undefined : Object.freeze({ url, secret })
}

function warningsFor(settings: Settings): string[] {
  const warnings: string[] = []
  const missing = (name: Name, closed: string) =>
    warnings.push(`HOST is not loopback and ${name} is not set: ${closed} from other machines is refused until it is`)
  if (!isLoopbackHost(settings.host)) {
    if (settings.segment.sharedSecret === undefined) missing('SEGMENT_SHARED_SECRET', 'POST /segment')
    if (settings.segment.writeKeys.length === 0) missing('SEGMENT_WRITE_KEYS', 'the tracking API')
    if (settings.adminToken === undefined) missing('ADMIN_TOKEN', 'the console, /api/* and /metrics')
  }
  if (settings.adminToken !== undefined && settings.adminToken.length < SAFE_TOKEN_LENGTH) {
    warnings.push(`ADMIN_TOKEN is shorter than ${SAFE_TOKEN_LENGTH} characters: it can be guessed`)
  }
  if (hubspotTwice(settings.feedback))
    warnings.push('HUBSPOT_CLIENT_SECRET and HUBSPOT_FEEDBACK_MINUTES are both set: opens and clicks count twice')
  for (const { name, url } of [...PLATFORMS, { name: 'braze', url: 'BRAZE_REST_ENDPOINT' } as const])
    if (travelsOpenly(settings.connectors[name]?.baseUrl))
      warnings.push(`${url} is plain http: the API key and the profiles travel unencrypted`)
  if (settings.scale?.kafka.login !== undefined && !settings.scale.kafka.tls)
    warnings.push(
      'KAFKA_USERNAME is set and KAFKA_TLS is not on: messages, and with PLAIN the password, travel unencrypted',
    )
  if (travelsOpenly(settings.tracesEndpoint))
    warnings.push('OTEL_EXPORTER_OTLP_ENDPOINT is plain http: traces, and what its headers hold, travel unencrypted')
  if (travelsOpenly(settings.connectors.webhook?.url))
    warnings.push('WEBHOOK_URL is plain http: the profiles travel unencrypted')
  return warnings
}

/** Its two ways give the same event different ids. Klaviyo's give it the same. */
function hubspotTwice({ hubspot }: FeedbackSettings): boolean {
  return hubspot?.hookSecret !== undefined && hubspot.everyMs !== undefined
}

function travelsOpenly(address: string | undefined): boolean {
  const url = address === undefined ? undefined : new URL(address)
  return url?.protocol === 'http:' && !isLoopbackHost(url.hostname.replace(/^\[|\]$/g, ''))
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
