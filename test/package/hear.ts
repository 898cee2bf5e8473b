import type { Page } from 'playwright-core'
import { createIdentity, join } from '../../sdk/index.ts'

/** What a page wrote to its console, errors too: settles with the first line that matches. */
export function lineOf(page: Page, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    page.on('console', (message) => {
      if (pattern.test(message.text())) resolve(message.text())
    })
    page.on('pageerror', reject)
  })
}

/** A peer of this process in the swarm of the five lines, who says hello to whoever comes. */
export async function greeter(tracker: string, text: string): Promise<AsyncDisposable & { readonly id: string }> {
  const mesh = await join('my-app/lobby', { tracker, identity: await createIdentity() })
  mesh.on('join', () => void mesh.topic('chat').publish(text))
  return mesh
}
