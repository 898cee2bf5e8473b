import { blobStore } from './blob-store.ts'
import { describeFiles, type FileToPublish } from './files.ts'
import { type Publication, type PublishOptions, publishSource } from './publishing.ts'

/**
 * Publishes files that a page was given as the next release of a channel: hashes and signs them, tells the tracker and
 * all who follow the channel, and shares them until it is closed. Nothing is copied: the files are read where they lie.
 *
 * @throws {ContentError} `ERR_FILES` for files that can't be published, `ERR_RELEASE`, `ERR_KEY`
 * @throws {EdgeswarmError} `ERR_TRACKER` if the tracker does not answer, `ERR_REFUSED` with what it says
 */
export function publishFiles(files: readonly FileToPublish[], options: PublishOptions): Promise<Publication> {
  const name = options.name ?? files[0]?.path.split('/').at(-1) ?? 'content'
  return publishSource(
    {
      describe: (how) => describeFiles(files, name, how),
      prepare: () => Promise.resolve([]),
      open: ({ metadata }, problem) =>
        blobStore(files, metadata, (path) => {
          problem(`"${path}" changed or moved since it was published, and is not sent any more: publish it again.`)
        }),
    },
    options,
  )
}
