// One end in a page of its own.
import { openBare } from './bare.page.ts'
import { makeEnd } from './end.ts'

/** The built SDK, as it is served beside this file. */
const SDK = '/edgeswarm.min.js'
const { join } = (await import(SDK)) as typeof import('../../sdk/index.ts')

export const end = makeEnd(openBare, join)
