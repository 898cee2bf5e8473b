// What is used of a service worker's globals. TypeScript's library has them only without those of a page.

/** A page, as the service worker sees it. */
export interface PageClient {
  readonly id: string
  postMessage(message: unknown, transfer?: Transferable[]): void
}

export interface PageClients {
  /** Resolves to `undefined` if the page is gone. */
  get(id: string): Promise<PageClient | undefined>
  matchAll(options: { readonly type: 'window'; readonly includeUncontrolled?: boolean }): Promise<readonly PageClient[]>
  claim(): Promise<void>
}

export interface LastingEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}

export interface FetchEvent extends LastingEvent {
  readonly request: Request
  /** Whose request it is; empty for a page that is being opened. */
  readonly clientId: string
  respondWith(response: Promise<Response>): void
}

export interface PageMessageEvent extends LastingEvent {
  readonly data: unknown
  readonly source: PageClient | null
  readonly ports: readonly MessagePort[]
}

export interface WorkerScope {
  readonly registration: { readonly scope: string }
  readonly clients: PageClients
  readonly caches: CacheStorage
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: LastingEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
  addEventListener(type: 'message', listener: (event: PageMessageEvent) => void): void
}
