// bittorrent-tracker's server in a process of its own: prints its port once it listens.
import { Server } from 'bittorrent-tracker'

const server = new Server({ http: false, udp: false, ws: true, stats: false })
server.on('error', (error: unknown) => {
  console.error(error)
  process.exit(1)
})
server.listen(0, '127.0.0.1', () => {
  console.log(`port ${server.http.address().port}`)
})
