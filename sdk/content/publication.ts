import { openStore } from '#disk'
import { type Made, makeMetadata } from './make.ts'
import { type Publication, type PublishOptions, publishSource } from './publishing.ts'

export { Publication, type PublishOptions } from './publishing.ts'

export interface PublishDirectoryOptions extends PublishOptions {
  /** Called once the files are hashed, before anything is told: it may put them somewhere, and name further web seeds. */
  readonly onMade?: (made: Made) => Promise<readonly string[]>
}

/**
 * Publishes a directory as the next release of a channel: hashes and signs it, tells the tracker and all who follow the
 * channel, and shares it until it is closed.
 *
 * @throws {ContentError} `ERR_FILES` for files that can't be published, `ERR_RELEASE`, `ERR_KEY`
 * @throws {EdgeswarmError} `ERR_TRACKER` if the tracker does not answer, `ERR_REFUSED` with what it says
 */
export function publish(directory: string, options: PublishDirectoryOptions): Promise<Publication> {
  const name = options.name ?? nameOf(directory)
  return publishSource(
    {
      describe: (how) => makeMetadata(directory, name, how),
      prepare: async (made) => (await options.onMade?.(made)) ?? [],
      open: ({ root, metadata }) => openStore(root, metadata),
    },
    options,
  )
}

const nameOf = (directory: string): string =>
  directory
    .replace(/[/\\]+$/, '')
    .split(/[/\\]/)
    .at(-1) ?? 'content'
