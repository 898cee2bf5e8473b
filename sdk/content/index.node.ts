// `edgeswarm/content` in Node, where there are directories and keys to publish with.
export * from './index.ts'
export { listKeys, loadKey, makeKey, type PublisherKey } from './keys.ts'
export { publish, type PublishDirectoryOptions } from './publication.ts'
