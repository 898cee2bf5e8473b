import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from './folder.ts'
import { isInstalled, Program } from './program.ts'

const COMMAND = 'firefox-esr'

/** Debian's Firefox. CI installs it; elsewhere a test that needs it is skipped, which CI counts as failed. */
export const hasFirefox = isInstalled(COMMAND)

const PREFERENCES: Readonly<Record<string, boolean | number | string>> = {
  // Nothing but the page: no first-run pages, questions or home page.
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage': 'about:blank',
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'startup.homepage_welcome_url': '',
  'termsofuse.bypassNotification': true,
  'trailhead.firstrun.didSeeAboutWelcome': true,
  // Nothing goes to the internet: what Firefox wants there for itself ends at a proxy that does not exist, names and
  // all. Preferences alone do not do it: a release asks for its settings and sends its pings whatever they say.
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.proxy.no_proxies_on': '127.0.0.1',
  'network.proxy.failover_direct': false,
  'network.proxy.allow_bypass': false,
  'network.dns.disablePrefetch': true,
  'network.prefetch-next': false,
  'network.trr.mode': 5,
  // And it wants little: no updates, telemetry, studies, lists, probes or push.
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.newtabpage.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'datareporting.healthreport.uploadEnabled': false,
  'dom.push.connection.enabled': false,
  'extensions.systemAddon.update.enabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.enabled': false,
  // WebRTC on one machine: addresses are not hidden behind mDNS names, and loopback is a network like any other.
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  // What a page logs comes out with Firefox's own output.
  'devtools.console.stdout.content': true,
}

/** Opens a page in a real Firefox with a profile of its own. Nobody steers it: what the page does, it does alone. */
export async function openInFirefox(url: string): Promise<Program> {
  const profile = await temporaryFolder()
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  )
  await writeFile(join(profile.path, 'user.js'), lines.join(''))
  const parameters = ['--headless', '--no-remote', '--profile', profile.path, url]
  return new Firefox(
    COMMAND,
    parameters,
    { ...process.env, HOME: profile.path, MOZ_CRASHREPORTER_DISABLE: '1' },
    profile,
  )
}

class Firefox extends Program {
  readonly #profile: AsyncDisposable

  constructor(
    command: string,
    parameters: readonly string[],
    environment: NodeJS.ProcessEnv,
    profile: AsyncDisposable,
  ) {
    super(command, parameters, environment)
    this.#profile = profile
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.#profile[Symbol.asyncDispose]()
  }
}
