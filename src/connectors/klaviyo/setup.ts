/** Makes known to a Klaviyo account what it knows only from a first use: properties of profiles, and metrics for flows. */
import type { RequestDeps } from '../request.ts'
import type { SetupOptions, Step, Wanted } from '../setup.ts'
import { draftFlows } from './drafts.ts'
import { accountIn, profilePropertiesIn, testFilter, toFirstEvent, toTestProfile } from './first-use.ts'
import { at } from './sdk.ts'
import type { KlaviyoSettings } from './settings.ts'
import { asked, type Found, idOf, type Metric, openSite, readMetrics, type Site } from './site.ts'

/**
 * Goes on where it stopped when it is run again; what is there stays. Ends early when the key is refused or lacks a scope.
 *
 * @throws {SettingError} when the key or the address cannot be right.
 */
export async function* setUpKlaviyo(
  settings: KlaviyoSettings,
  wanted: Wanted,
  deps: SetupOptions & RequestDeps,
): AsyncGenerator<Step> {
  const site = await openSite(settings, deps)
  const account = yield* told('account', await readAccount(site))
  if (account === undefined) return
  yield { kind: 'there', what: account.words }
  if (!(yield* setUpProfile(site, wanted.traits))) return
  const metrics = yield* told('metrics', await readMetrics(site))
  if (metrics === undefined || !(yield* setUpMetrics(site, wanted, metrics))) return
  if (deps.flows === true) yield* draftFlows(site, account.sender)
  if (!deps.dryRun) yield { kind: 'told', text: aboutWhatWasMade(site) }
}

/** @returns what was found; when it was not, that is told first. */
async function* told<T>(what: string, found: Found<T>): AsyncGenerator<Step, T | undefined> {
  if (found.kind === 'found') return found.value
  yield { kind: 'failed', what, why: found.why }
  return undefined
}

function readAccount(site: Site) {
  const { account } = site
  return asked(site, {
    scope: 'accounts:read',
    call: session => at(account, new account.sdk.AccountsApi(session)).getAccounts(),
    read: accountIn,
  })
}

/** The test profile has every trait, so that segments, splits and templates can name each. */
async function* setUpProfile(site: Site, traits: Wanted['traits']): AsyncGenerator<Step, boolean> {
  const { account, address, dryRun } = site
  const found = yield* told(
    'test profile',
    await asked(site, {
      scope: 'profiles:read',
      call: session => at(account, new account.sdk.ProfilesApi(session)).getProfiles({ filter: testFilter(address) }),
      read: profilePropertiesIn,
    }),
  )
  if (found === undefined) return false
  const names = found.isThere ? found.names : new Set<string>()
  const missing = traits.filter(({ name }) => !names.has(name))
  if (missing.length > 0 && !dryRun) {
    const made = await asked(site, {
      scope: 'profiles:write',
      call: session =>
        at(account, new account.sdk.ProfilesApi(session)).createOrUpdateProfile(
          toTestProfile(missing, site.now(), address),
        ),
      read: body => body,
    })
    if ((yield* told('test profile', made)) === undefined) return false
  }
  const done = dryRun ? 'missing' : 'made'
  yield { kind: found.isThere ? 'there' : done, what: `test profile (${site.who})` }
  for (const trait of traits)
    yield { kind: missing.includes(trait) ? done : 'there', what: `profile property ${trait.name} (${trait.type})` }
  return true
}

/** A metric is there once an event of it was; until then no flow can be started by it. */
async function* setUpMetrics(
  site: Site,
  { moments }: Wanted,
  metrics: readonly Metric[],
): AsyncGenerator<Step, boolean> {
  const { account } = site
  for (const moment of moments) {
    const what = `metric ${moment.name}`
    if (idOf(metrics, moment.name) !== undefined) yield { kind: 'there', what }
    else if (site.dryRun) yield { kind: 'missing', what }
    else {
      const made = await asked(site, {
        scope: 'events:write',
        answers: 'nothing',
        call: session =>
          at(account, new account.sdk.EventsApi(session)).createEvent(toFirstEvent(moment, site.now(), site.address)),
        read: () => true,
      })
      if ((yield* told(what, made)) === undefined) return false
      yield { kind: 'made', what }
    }
  }
  return true
}

function aboutWhatWasMade({ address, who }: Site): string {
  const nobody =
    address === undefined
      ? 'It has no e-mail address: nothing can be sent to it, and Klaviyo does not count it as an active profile.'
      : 'Values of its own were left as they are; the others are examples until it visits your site.'
  return [
    `Properties and first events stand on one profile, ${who}.`,
    nobody,
    'Each first event is marked as backfill, which starts no flow. Klaviyo takes some seconds to show a new metric.',
  ].join('\n')
}
