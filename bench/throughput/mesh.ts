import type { join as joinMesh, Mesh, Peer } from '../../sdk/index.ts'
import type { Plan } from './plan.ts'

const SWARM = 'edgeswarm/bench'
const CHUNK = 65_536

/** Joins, and answers each request with as many bytes as its path says, streamed. */
export async function serveMesh(join: typeof joinMesh, tracker: string): Promise<void> {
  const mesh = await join(SWARM, { tracker })
  mesh.serve((request) => new Response(bodyOf(Number(new URL(request.url).pathname.slice(1)))))
}

function bodyOf(bytes: number): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(CHUNK).fill(1)
  let left = bytes
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(left < CHUNK ? chunk.subarray(0, left) : chunk)
      left -= Math.min(left, CHUNK)
      if (left === 0) controller.close()
    },
  })
}

export interface Joined {
  readonly mesh: Mesh
  readonly peer: Peer
}

/** Joins; settles with the first peer that is linked. */
export async function joinPeer(join: typeof joinMesh, tracker: string): Promise<Joined> {
  const mesh = await join(SWARM, { tracker })
  return new Promise((resolve) => {
    mesh.on('join', (peer) => {
      resolve({ mesh, peer })
    })
  })
}

/** As many requests at once as there are streams; returns seconds from the first to the last byte of all. */
export async function downloadMesh({ mesh, peer }: Joined, { streams, bytes }: Plan): Promise<number> {
  const start = performance.now()
  await Promise.all(
    Array.from({ length: streams }, async () => {
      const response = await mesh.fetch(peer, `/${bytes}`)
      const length = await lengthOf(response)
      if (length !== bytes) throw new Error(`${length} bytes came of ${bytes}.`)
    }),
  )
  return (performance.now() - start) / 1000
}

async function lengthOf(response: Response): Promise<number> {
  const reader = response.body?.getReader()
  let length = 0
  for (;;) {
    const chunk = await reader?.read()
    if (!chunk || chunk.done) return length
    length += chunk.value.length
  }
}
