import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The folder of the package: this file is two folders below it, in the sources and in `dist/sdk` alike. */
export const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

export interface PackageText {
  readonly version: string
  /** The version of miniflare that the built Worker was tried with. */
  readonly miniflare: string
}

export async function readPackage(): Promise<PackageText> {
  const text = await readFile(`${PACKAGE}package.json`, 'utf8')
  const { version, devDependencies } = JSON.parse(text) as {
    readonly version: string
    readonly devDependencies: Readonly<Record<'miniflare', string>>
  }
  return { version, miniflare: devDependencies.miniflare }
}
