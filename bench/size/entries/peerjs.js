export { Peer } from 'peerjs'
