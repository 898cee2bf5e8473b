import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestBrowser } from './browser.ts'
import { Program } from './program.ts'
import type { SharedFile } from './share-page.ts'

/** One person at the chat page. */
export class ChatPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Opens a room, once the tracker has let the page in. */
  static async open(browser: TestBrowser, url: string, name: string): Promise<ChatPage> {
    const chat = new ChatPage(await browser.open(url))
    await chat.rename(name)
    await chat.page.waitForFunction(() => document.documentElement.dataset['state'] === 'open')
    return chat
  }

  async rename(name: string): Promise<void> {
    const field = this.page.getByTestId('name')
    await field.fill(name)
    await field.press('Enter')
  }

  async say(text: string): Promise<void> {
    const field = this.page.getByTestId('text')
    await field.fill(text)
    await field.press('Enter')
  }

  /** Settles once one of its messages has this text. */
  async hears(text: string): Promise<void> {
    await this.page.getByTestId('message-text').filter({ hasText: text }).first().waitFor()
  }

  /** Settles once the conversation says that something happened. */
  async notes(text: string | RegExp): Promise<void> {
    await this.page.getByTestId('entries').getByText(text).first().waitFor()
  }

  messages(): Promise<string[]> {
    return this.page.getByTestId('message-text').allTextContents()
  }

  person(name: string): Locator {
    return this.page.getByTestId('person').filter({ hasText: name })
  }

  /** Settles once exactly these others are in the list of who is here. */
  async sees(...names: string[]): Promise<void> {
    const shown = () => this.page.locator('.person-name').allTextContents()
    await expect.poll(async () => (await shown()).sort(), { timeout: 20_000 }).toEqual(names.sort())
  }

  /** Presses the button beside a person, and chooses the file, or one that lies at a path. */
  async send(name: string, file: SharedFile | string): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser')
    await this.person(name).getByRole('button').click()
    await (await chooser).setFiles(typeof file === 'string' ? file : { ...file, buffer: Buffer.from(file.bytes) })
  }

  /** The last file in the conversation. */
  get transfer(): Locator {
    return this.page.getByTestId('transfer').last()
  }

  async press(label: string): Promise<void> {
    await this.transfer.getByText(label, { exact: true }).click()
  }

  /** Settles once the last file's card says so. */
  async transferSays(text: string | RegExp): Promise<void> {
    await this.transfer.getByText(text).waitFor()
  }

  /** The bytes that the last file's link saves. */
  async save(): Promise<Uint8Array> {
    const download = this.page.waitForEvent('download')
    await this.press('Save file')
    return readFile(await (await download).path())
  }

  /** Shows the picture of the mesh. */
  async openMesh(): Promise<void> {
    await this.page.getByTestId('show-mesh').click()
  }

  /** What the picture says of itself to who can't see it. */
  async meshLabel(): Promise<string> {
    return (await this.page.getByTestId('mesh-picture').getAttribute('aria-label')) ?? ''
  }

  /** How many peers the picture has, and how many links. */
  async meshCounts(): Promise<{ peers: number; links: number }> {
    const [, peers, links] = /: (\d+) peers?, .* (\d+) links? in all/.exec(await this.meshLabel()) ?? []
    return { peers: Number(peers), links: Number(links) }
  }

  /** The person goes to another page. */
  async leave(): Promise<void> {
    await this.page.goto('about:blank')
  }
}

/** The real bot, in its own process; settles once it is in the room. */
export async function startBot(tracker: string, ...parameters: string[]): Promise<Program> {
  const bot = new Program('node', ['examples/bot/bot.ts', '--tracker', tracker, ...parameters])
  await bot.says(/(?:is|are) in the room/)
  return bot
}
