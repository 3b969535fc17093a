import { expect, test } from 'vitest'
import { type Environment, isLoopbackHost, parseEnvironment, type Settings } from '../../../src/destination/config.ts'

function settingsOf(env: Environment): Settings {
  const parsed = parseEnvironment(env)
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

function problemsOf(env: Environment): readonly string[] {
  const parsed = parseEnvironment(env)
  return parsed.kind === 'invalid' ? parsed.problems : []
}

function warningsOf(env: Environment): readonly string[] {
  const parsed = parseEnvironment(env)
  return parsed.kind === 'ok' ? parsed.warnings : []
}

test('an empty environment listens on loopback, keeps its data beside it and previews', () => {
  expect(parseEnvironment({})).toEqual({
    kind: 'ok',
    settings: {
      host: '127.0.0.1',
      port: 8080,
      dataDir: './data',
      limits: { perAddress: 200, perKey: 2_000, trustedProxies: 0 },
      keeping: { logMs: 30 * 86_400_000, logBytes: 20e9, storyMs: 180 * 86_400_000 },
      segment: { writeKeys: [] },
      connectors: {},
      feedback: {},
    },
    warnings: [],
  })
})

test('every variable is read, without the spaces around it and the slash behind it', () => {
  expect(
    settingsOf({
      PORT: ' 0 ',
      HOST: '0.0.0.0',
      DATA_DIR: '/var/lib/inkling',
      KEEP_LOG: '12h',
      REQUESTS_PER_ADDRESS: '0',
      REQUESTS_PER_KEY: '500',
      TRUSTED_PROXIES: '2',
      KEEP_LOG_GB: '0.5',
      KEEP_STORY: '90d',
      SEGMENT_SHARED_SECRET: 'shared secret',
      SEGMENT_WRITE_KEYS: 'web, ios ,web,',
      SIGNING_KEYS: 'old:0123456789abcdef, new-2:with:colons=+/.~! ,',
      ADMIN_TOKEN: 'a-token-of-some-length',
      KLAVIYO_API_KEY: 'pk_123\n',
      KLAVIYO_BASE_URL: 'http://127.0.0.1:9999/',
      KLAVIYO_WEBHOOK_SECRET: 'signs',
      KLAVIYO_FEEDBACK_MINUTES: '15',
      BRAZE_CURRENTS_TOKEN: 'shown',
      PUBLIC_URL: 'https://example.com/inkling/',
    }),
  ).toEqual({
    host: '0.0.0.0',
    port: 0,
    dataDir: '/var/lib/inkling',
    limits: { perAddress: 0, perKey: 500, trustedProxies: 2 },
    keeping: { logMs: 43_200_000, logBytes: 5e8, storyMs: 90 * 86_400_000 },
    segment: {
      sharedSecret: 'shared secret',
      writeKeys: ['web', 'ios'],
      signingKeys: [
        { id: 'old', secret: '0123456789abcdef' },
        { id: 'new-2', secret: 'with:colons=+/.~!' },
      ],
    },
    adminToken: 'a-token-of-some-length',
    connectors: { klaviyo: { apiKey: 'pk_123', baseUrl: 'http://127.0.0.1:9999' } },
    feedback: {
      publicUrl: 'https://example.com/inkling',
      klaviyo: { hookSecret: 'signs', everyMs: 900_000 },
      braze: { hookSecret: 'shown' },
    },
  })
})

test('an empty variable counts as absent', () => {
  expect(settingsOf({ PORT: '', SEGMENT_SHARED_SECRET: '  ', KLAVIYO_API_KEY: '' })).toEqual(settingsOf({}))
})

test('settings cannot be changed afterwards', () => {
  const settings = settingsOf({ KLAVIYO_API_KEY: 'pk', SEGMENT_WRITE_KEYS: 'web' })
  const parts = [
    settings,
    settings.segment,
    settings.segment.writeKeys,
    settings.connectors,
    settings.connectors.klaviyo,
  ]
  expect(parts.every(part => Object.isFrozen(part))).toBe(true)
})

test('everything that is wrong is named at once, with what was found and what was expected', () => {
  expect(problemsOf({ PORT: '70000', HOST: 'http://x', KLAVIYO_API_KEY: 'k', KLAVIYO_BASE_URL: 'ftp://x' })).toEqual([
    'PORT: found "70000", expected a whole number from 0 to 65535',
    'HOST: found "http://x", expected an address or host name without scheme, port or path',
    'KLAVIYO_BASE_URL: found "ftp://x", expected an http or https URL without user, password, query or fragment',
  ])
})

test.each(['-1', '8080.5', '0x50', '99999', 'http'])('PORT %s is refused', port => {
  expect(problemsOf({ PORT: port })).toHaveLength(1)
})

test.each(['127.0.0.1:8080', 'a b', 'host/path'])('HOST %s is refused', host => {
  expect(problemsOf({ HOST: host })).toHaveLength(1)
})

test.each(['::', '::1', 'inkling.internal'])('HOST %s is accepted', host => {
  expect(settingsOf({ HOST: host }).host).toBe(host)
})

test('write keys that hold none are refused rather than opening the API to any key', () => {
  expect(problemsOf({ SEGMENT_WRITE_KEYS: ' , ' })).toHaveLength(1)
})

test('no problem and no warning quotes a secret', () => {
  const secret = 'é-hunter2-that-breaks-every-rule, and more'
  const env = { SEGMENT_WRITE_KEYS: secret, ADMIN_TOKEN: secret, KLAVIYO_API_KEY: secret, BRAZE_API_KEY: secret }
  const problems = problemsOf({
    ...env,
    DATABASE_URL: `mysql://u:${secret}@db/x`,
    KLAVIYO_BASE_URL: 'https://a.example',
  })
  expect(problems).toHaveLength(7)
  expect(problems.join('\n')).not.toContain('hunter2')
  expect(warningsOf({ HOST: '0.0.0.0', ADMIN_TOKEN: 'hunter2' }).join('\n')).not.toContain('hunter2')
})

test('HubSpot is switched on by its token, at its own address or another', () => {
  const at = (env: object) => settingsOf({ HUBSPOT_ACCESS_TOKEN: 'pat-1', ...env }).connectors
  expect(at({})).toEqual({ hubspot: { accessToken: 'pat-1', baseUrl: 'https://api.hubapi.com' } })
  expect(at({ HUBSPOT_BASE_URL: 'http://127.0.0.1:1/', KLAVIYO_API_KEY: 'pk' })).toMatchObject({
    klaviyo: { apiKey: 'pk' },
    hubspot: { baseUrl: 'http://127.0.0.1:1' },
  })
})

test('Braze needs its key and its endpoint, and sends an unanswered event again unless told not to', () => {
  const both = { BRAZE_API_KEY: 'rest-key', BRAZE_REST_ENDPOINT: 'https://rest.fra-02.braze.eu/' }
  expect(settingsOf(both).connectors).toEqual({
    braze: {
      apiKey: 'rest-key',
      baseUrl: 'https://rest.fra-02.braze.eu',
      unansweredEvents: 'retry',
      anonymousVisitors: 'wait',
    },
  })
  expect(settingsOf({ ...both, BRAZE_UNANSWERED_EVENTS: 'drop' }).connectors.braze?.unansweredEvents).toBe('drop')
  expect(settingsOf({ ...both, READ_BACK: 'braze' }).connectors.braze?.readBack).toBe(true)
  expect(problemsOf({ ...both, READ_BACK: 'braze, hubspot' })).toEqual([
    'READ_BACK: found hubspot without HUBSPOT_ACCESS_TOKEN; set the key, or leave hubspot out',
  ])
  expect(problemsOf({ ...both, READ_BACK: 'marketo' })).toEqual([
    expect.stringMatching(/^READ_BACK: found "marketo", expected any of/),
  ])
  expect(problemsOf({ ...both, BRAZE_UNANSWERED_EVENTS: 'never' })).toEqual([
    'BRAZE_UNANSWERED_EVENTS: found "never", expected retry or drop',
  ])
  expect(problemsOf({ BRAZE_API_KEY: 'rest-key' })).toEqual([
    'BRAZE_API_KEY: found without BRAZE_REST_ENDPOINT; Braze needs both',
  ])
  expect(problemsOf({ BRAZE_REST_ENDPOINT: 'https://rest.iad-01.braze.com' })).toEqual([
    'BRAZE_REST_ENDPOINT: found without BRAZE_API_KEY; Braze needs both',
  ])
})

test.each(['rest.iad-01.braze.com', 'https://dashboard-01.braze.com', 'https://sdk.iad-01.braze.com'])(
  'the Braze endpoint %s is refused',
  endpoint => {
    expect(problemsOf({ BRAZE_API_KEY: 'k', BRAZE_REST_ENDPOINT: endpoint })).toEqual([
      expect.stringMatching(/^BRAZE_REST_ENDPOINT: .*such as https:\/\/rest\.iad-01/),
    ])
  },
)

test('the webhook needs an address and a secret, keeps the address as it is and never shows it', () => {
  const both = { WEBHOOK_URL: 'https://hooks.example/catch/1/abc/?to=me', WEBHOOK_SECRET: 'whsec_1234567890' }
  expect(settingsOf(both).connectors).toEqual({ webhook: { url: both.WEBHOOK_URL, secret: both.WEBHOOK_SECRET } })
  expect(problemsOf({ WEBHOOK_URL: both.WEBHOOK_URL })).toEqual([
    'WEBHOOK_URL: found without WEBHOOK_SECRET; the webhook needs both',
  ])
  expect(problemsOf({ WEBHOOK_SECRET: both.WEBHOOK_SECRET })).toHaveLength(1)
  const wrong = problemsOf({ WEBHOOK_URL: 'https://me:hunter2@a.example', WEBHOOK_SECRET: 'hunter2' })
  expect(wrong).toEqual([
    'WEBHOOK_URL: found a value (not shown), expected an http or https URL without user, password or fragment',
    'WEBHOOK_SECRET: found a value (not shown), expected 16 to 512 printable ASCII characters without spaces',
  ])
  const open = { ...both, WEBHOOK_URL: 'http://hooks.example/abc' }
  expect(warningsOf(open)).toEqual(['WEBHOOK_URL is plain http: the profiles travel unencrypted'])
  expect(warningsOf({ ...both, WEBHOOK_URL: 'http://localhost/abc' })).toEqual([])
})

test('scale-out needs Kafka and Postgres, and half of it names the missing half', () => {
  const both = { DATABASE_URL: 'postgres://u:p@db/inkling', KAFKA_BROKERS: 'a:9092, b:9092' }
  expect(settingsOf(both).scale).toEqual({
    databaseUrl: 'postgres://u:p@db/inkling',
    kafka: { brokers: ['a:9092', 'b:9092'], topic: 'inkling', tls: false },
  })
  expect(settingsOf({}).scale).toBeUndefined()
  expect(problemsOf({ DATABASE_URL: 'postgres://db/x' })).toEqual([expect.stringContaining('without KAFKA_BROKERS')])
  expect(problemsOf({ KAFKA_BROKERS: 'a:9092' })).toEqual([expect.stringContaining('without DATABASE_URL')])
})

test('the brokers are shown a login, and whoever sends it over an open line is told', () => {
  const env = {
    ...{ DATABASE_URL: 'postgres://db/x', KAFKA_BROKERS: 'a:9092', KAFKA_TOPIC: 'shop' },
    ...{ KAFKA_USERNAME: 'me', KAFKA_PASSWORD: 'hunter2' },
  }
  const login = { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'hunter2' }
  expect(settingsOf(env).scale?.kafka).toEqual({ brokers: ['a:9092'], topic: 'shop', tls: false, login })
  expect(warningsOf(env)).toContainEqual(expect.stringContaining('KAFKA_TLS is not on'))
  expect(warningsOf({ ...env, KAFKA_TLS: 'on' })).toEqual([])
  expect(problemsOf({ ...env, KAFKA_PASSWORD: '' })).toEqual([expect.stringContaining('without KAFKA_PASSWORD')])
})

test.each([
  ['DATABASE_URL', 'mysql://db/x'],
  ['DATABASE_URL', 'postgres://db'],
  ['KAFKA_BROKERS', 'broker'],
  ['KAFKA_TOPIC', 'a topic'],
  ['KAFKA_TLS', 'yes'],
  ['KAFKA_SASL_MECHANISM', 'GSSAPI'],
])('%s is checked', (name, value) => {
  const env = { DATABASE_URL: 'postgres://db/x', KAFKA_BROKERS: 'a:9092', [name]: value }
  expect(problemsOf(env)).toEqual([expect.stringMatching(new RegExp(`^${name}: found .*, expected `))])
})

test.each([
  ['a secret without an id', '0123456789abcdef'],
  ['an empty id', ':0123456789abcdef'],
  ['a secret that can be guessed', 'web:0123456789abcde'],
  ['a secret that no header or shell carries unharmed', 'web:0123456789abcdéf'],
  ['a secret with a space in it', 'web:01234567 89abcdef'],
  ['an id with a dot, which the signature parts by', 'we.b:0123456789abcdef'],
  ['an id that is too long', `${'w'.repeat(33)}:0123456789abcdef`],
  ['one id for two secrets', 'web:0123456789abcdef,web:fedcba9876543210'],
  ['nothing between the commas', ','],
])('%s is no signing key, and is not quoted', (_, value) => {
  const [problem, ...more] = problemsOf({ SIGNING_KEYS: value })
  expect(problem).toMatch(/^SIGNING_KEYS: found a value \(not shown\), expected id:secret pairs/)
  expect(more).toEqual([])
})

test('a base address without a key is refused rather than silently previewing', () => {
  expect(problemsOf({ KLAVIYO_BASE_URL: 'https://a.example' })).toEqual([
    expect.stringMatching(/^KLAVIYO_BASE_URL: .*KLAVIYO_API_KEY/),
  ])
  expect(problemsOf({ HUBSPOT_BASE_URL: 'https://a.example' })).toEqual([
    expect.stringMatching(/^HUBSPOT_BASE_URL: .*HUBSPOT_ACCESS_TOKEN/),
  ])
})

test('a host open to others without secrets is warned about, once for each thing that stays closed', () => {
  expect(warningsOf({ HOST: '0.0.0.0' }).map(warning => /and (\w+) is/.exec(warning)?.[1])).toEqual([
    'SEGMENT_SHARED_SECRET',
    'SEGMENT_WRITE_KEYS',
    'ADMIN_TOKEN',
  ])
  const secrets = { SEGMENT_SHARED_SECRET: 's', SEGMENT_WRITE_KEYS: 'k', ADMIN_TOKEN: '0123456789abcdef' }
  expect(warningsOf({ HOST: '0.0.0.0', ...secrets })).toEqual([])
})

test('a short admin token and an unencrypted platform are warned about', () => {
  expect(warningsOf({ ADMIN_TOKEN: 'short' })).toEqual([expect.stringContaining('ADMIN_TOKEN')])
  const plain = { KLAVIYO_API_KEY: 'k', KLAVIYO_BASE_URL: 'http://klaviyo.example' }
  expect(warningsOf(plain)).toEqual([expect.stringContaining('unencrypted')])
  const other = { HUBSPOT_ACCESS_TOKEN: 'k', HUBSPOT_BASE_URL: 'http://hubspot.example' }
  expect(warningsOf(other)).toEqual([expect.stringMatching(/^HUBSPOT_BASE_URL .*unencrypted/)])
  expect(warningsOf({ ...plain, KLAVIYO_BASE_URL: 'http://[::1]:80' })).toEqual([])
  expect(warningsOf({ BRAZE_API_KEY: 'k', BRAZE_REST_ENDPOINT: 'http://rest.example' })).toEqual([
    expect.stringMatching(/^BRAZE_REST_ENDPOINT .*unencrypted/),
  ])
})

test('loopback is 127.0.0.0/8, ::1 and localhost', () => {
  expect(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].every(isLoopbackHost)).toBe(true)
  expect(['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '127.example'].some(isLoopbackHost)).toBe(false)
})

test('feedback is not taken from a platform that cannot be asked whom it means', () => {
  const env = { HUBSPOT_CLIENT_SECRET: 's', KLAVIYO_FEEDBACK_MINUTES: '5' }
  expect(problemsOf(env)).toEqual([
    'KLAVIYO_FEEDBACK_MINUTES: found without KLAVIYO_API_KEY, with which the platform is asked',
    'HUBSPOT_CLIENT_SECRET: found without HUBSPOT_ACCESS_TOKEN, with which the platform is asked',
  ])
  expect(problemsOf({ ...env, HUBSPOT_ACCESS_TOKEN: 't', KLAVIYO_API_KEY: 'k' })).toEqual([])
})

test.each(['0', '1441', '1.5', 'often', '-3'])('asking every %s minutes is refused', minutes => {
  expect(problemsOf({ KLAVIYO_API_KEY: 'k', KLAVIYO_FEEDBACK_MINUTES: minutes })).toHaveLength(1)
})

test("both of HubSpot's ways at once are warned of: they tell the same event twice", () => {
  const env = { HUBSPOT_ACCESS_TOKEN: 't', HUBSPOT_CLIENT_SECRET: 's', HUBSPOT_FEEDBACK_MINUTES: '5' }
  expect(warningsOf(env)).toEqual([expect.stringContaining('opens and clicks count twice')])
})
