import type { Page } from 'playwright-core'

/** Ends the process of a page at once: nothing of the page runs any more. Settles once it is gone. */
export async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  // It is not answered: there is nobody left to answer it.
  session.send('Page.crash').catch(() => undefined)
  await crashed
}
