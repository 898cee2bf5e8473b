export { joinRoom } from '@trystero-p2p/torrent'
