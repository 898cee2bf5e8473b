// Requests and messages from peer to peer: the part of the SDK that is loaded with the first of them.
export { Fetcher } from './fetch.ts'
export { Server } from './serve.ts'
export { receiveMessage, sendMessage } from './message.ts'
