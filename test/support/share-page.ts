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
