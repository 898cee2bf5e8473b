import { expect, vi } from 'vitest'
import {
  createIdentity,
  type EdgeswarmError,
  join,
  type JoinOptions,
  type Mesh,
  type Peer,
} from '../../../sdk/index.ts'
import { startTracker, type Tracker } from '../../support/tracker.ts'

/** A tracker that tells of no STUN server, as there is no internet here, and lets many peers of one machine in. */
export const localTracker = (port?: number): Promise<Tracker> =>
  startTracker({ STUN_URLS: '', SOCKET_BURST: 5000, ADDRESS_BURST: 50_000, ADDRESS_RATE: 5000 }, port)

/** A machine with much else to do may take so long to open a link, in milliseconds. */
const PATIENCE = 20_000

export type TestMesh = Mesh<{ name: string } | undefined>

/** Peers of one test, all of which leave at its end. */
export class Peers implements AsyncDisposable {
  readonly #tracker: string | readonly string[]
  readonly #meshes: TestMesh[] = []

  constructor(tracker: string | readonly string[]) {
    this.#tracker = tracker
  }

  /** Joins as somebody new. */
  async join(swarm = 'test', options: Partial<JoinOptions<{ name: string } | undefined>> = {}): Promise<TestMesh> {
    const identity = options.identity ?? (await createIdentity())
    const mesh = await join<{ name: string } | undefined>(swarm, {
      tracker: this.#tracker,
      iceServers: [],
      ...options,
      identity,
    })
    this.#meshes.push(mesh)
    return mesh
  }

  /** So many peers that are all linked to each other. */
  async linked(count: number, swarm?: string): Promise<TestMesh[]> {
    const meshes: TestMesh[] = []
    for (let index = 0; index < count; index++) meshes.push(await this.join(swarm))
    await Promise.all(meshes.map((mesh) => peersOf(mesh, count - 1)))
    // They may know of each other before their link is open.
    const isLinked = (mesh: TestMesh) => [...mesh.peers.values()].every((peer) => peer.isLinked)
    await vi.waitFor(() => {
      expect(meshes.every(isLinked)).toBe(true)
    }, PATIENCE)
    return meshes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#meshes.map((mesh) => mesh.leave()))
  }
}

/** Settles once the mesh has so many peers. */
export function peersOf(mesh: TestMesh, count: number): Promise<Peer<{ name: string } | undefined>[]> {
  return new Promise((resolve) => {
    const look = () => {
      if (mesh.peers.size !== count) return
      for (const off of offs) off()
      resolve([...mesh.peers.values()])
    }
    const offs = [mesh.on('join', look), mesh.on('leave', look)]
    look()
  })
}

/** The next event of this name. */
export const next = <Name extends 'join' | 'leave' | 'metadata' | 'denied' | 'close' | 'tracker'>(
  mesh: TestMesh,
  name: Name,
): Promise<Parameters<Parameters<typeof mesh.on<Name>>[1]>[0]> =>
  new Promise((resolve) => {
    const off = mesh.on(name, (value) => {
      off()
      resolve(value)
    })
  })

/** What the promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<EdgeswarmError> {
  try {
    await promise
  } catch (error) {
    return error as EdgeswarmError
  }
  throw new Error('It did not fail.')
}

/** The first `count` of what comes. */
export async function take<Item>(items: AsyncIterable<Item>, count: number): Promise<Item[]> {
  const taken: Item[] = []
  for await (const item of items) if (taken.push(item) === count) break
  return taken
}
