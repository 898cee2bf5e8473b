import { readdir, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Options } from 'tsup'

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//

/** The licences of the packages that bundles carry: most ask that their text comes along. */
export class Licences {
  readonly #folders = new Set<string>()

  /** Notes whose files a bundle takes in. */
  readonly plugin: NonNullable<Options['esbuildPlugins']>[number] = {
    name: 'licences',
    setup: (build) => {
      build.initialOptions.metafile = true
      build.onEnd(({ metafile }) => {
        for (const output of Object.values(metafile?.outputs ?? {})) {
          for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) if (bytesInOutput > 0) this.add(path)
        }
      })
    },
  }

  /** Notes the package of a file. */
  add(path: string): void {
    const folder = PACKAGE.exec(resolve(path))?.[1]
    if (folder !== undefined) this.#folders.add(folder)
  }

  async text(): Promise<string> {
    const parts = await Promise.all([...this.#folders].map(textOf))
    return [...new Set(parts)].sort().join('\n')
  }
}

async function textOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8')) as {
    readonly name: string
    readonly version: string
    readonly license?: string
  }
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying)/i.test(file)).sort()
  const texts = await Promise.all(files.map((file) => readFile(`${folder}/${file}`, 'utf8')))
  const title = `${name} ${version} (${license ?? 'see below'})`
  return [title, '-'.repeat(title.length), ...texts.map((text) => text.trim()), ''].join('\n')
}
