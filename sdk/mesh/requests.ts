// Requests between peers: the part of the SDK that is loaded with the first of them.
export { Fetcher } from './fetch.ts'
export { Server } from './serve.ts'
