import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'

export interface SharedFile {
  readonly name: string
  readonly mimeType: string
  readonly bytes: Uint8Array
}

/** Chooses the file on the share page; settles with the link that the page shows. */
export async function share(page: Page, { name, mimeType, bytes }: SharedFile): Promise<string> {
  await page.getByTestId('file-input').setInputFiles({ name, mimeType, buffer: Buffer.from(bytes) })
  await inState(page, 'seeding')
  return page.getByTestId('link').inputValue()
}

/** The info hash of what the page shares, from the magnet link that it shows for other clients. */
export async function torrentOn(page: Page): Promise<string> {
  const magnet = await page.getByTestId('magnet').inputValue()
  const [, infoHash] = /^magnet:\?xt=urn:btih:([0-9a-f]{40})&tr=/.exec(magnet) ?? []
  if (infoHash === undefined) throw new Error(`The page shows no magnet link, but "${magnet}".`)
  return infoHash
}

/** The rows of the table that says who gave what: who, what they gave, and what they got. */
export async function giversOn(page: Page): Promise<string[][]> {
  const rows = await page.getByTestId('givers').locator('tbody tr').all()
  return Promise.all(rows.map((row) => row.locator('th, td').allTextContents()))
}

/** The bytes that the page's save button gives. */
export async function save(page: Page): Promise<Uint8Array> {
  const download = page.waitForEvent('download')
  await page.getByTestId('save').click()
  return readFile(await (await download).path())
}

export async function inState(page: Page, state: string): Promise<void> {
  await page.waitForFunction((wanted) => document.documentElement.dataset['state'] === wanted, state, {
    timeout: 60_000,
  })
}
