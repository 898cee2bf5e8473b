// `edgeswarm/content` in Node, where there are directories and keys to publish with.
export * from './index.ts'
export { listKeys, loadKey, makeKey, type PublisherKey } from './keys.ts'
export { Publication, publish, type PublishOptions } from './publication.ts'
