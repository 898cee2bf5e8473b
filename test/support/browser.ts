import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright, type Page } from 'playwright-core'

/** A real Chromium, whose windows share nothing. */
export interface TestBrowser extends AsyncDisposable {
  /** A window with a profile of its own. */
  open(url: string, options?: { colorScheme?: 'light' | 'dark' }): Promise<Page>
}

export async function startBrowser(): Promise<TestBrowser> {
  const browser: Browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    headless: true,
    args: [
      ...[
        '--no-sandbox',
        '--headless=shell',
        '--no-zygote',
        '--disable-gpu',
        '--use-gl=angle',
        '--use-angle=swiftshader',
      ],
      // Without this two browsers on one machine hide their addresses from each other behind mDNS names.
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
    ],
  })
  return {
    async open(url, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1180, height: 780 }, ...options })
      const page = await context.newPage()
      await page.goto(url)
      return page
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
