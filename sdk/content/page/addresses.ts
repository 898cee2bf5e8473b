import { formatLink, type Link } from '../../../protocol/content/link.ts'
import type { Release } from '../../../protocol/content/release.ts'
import { fileUrl } from '../exchange/origin.ts'
import { pathAt } from '../swarm-fetch.ts'

/** The addresses at which a page gets the files of a release from its service worker. */
export class Addresses {
  /** Where no server is: the worker alone knows it. */
  readonly #local: string

  /** @param scope of the service worker */
  constructor(link: Link, scope: string) {
    this.#local = new URL(`edgeswarm${new URL(formatLink(link)).pathname}/`, scope).href
  }

  /** What all of them begin with. */
  basesOf({ webSeeds, name }: Release): string[] {
    return [this.#local, ...webSeeds.map((webSeed) => new URL(`${encodeURIComponent(name)}/`, webSeed).href)]
  }

  /** The path of the file at an address; `null` if the release has none there. */
  pathAt(release: Release, url: URL): string | null {
    const local = { webSeeds: [this.#local], name: release.name }
    return pathAt(release, url) ?? pathAt(local, url)
  }

  /** An address of a file: at the first origin, which serves it too where the worker can not, if there is one. */
  of(release: Release, path: string): string {
    return fileUrl(release.webSeeds[0] ?? this.#local, release.name, path)
  }
}
