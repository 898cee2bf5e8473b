// One end in a process of its own: does what its parent tells it, one thing after the other.
import { join } from '../../sdk/index.ts'
import { openBare } from './bare.node.ts'
import { makeEnd } from './end.ts'
import type { CommandName } from './plan.ts'

const end = makeEnd(openBare, join)

process.on('message', ({ name, parameter }: { name: CommandName; parameter: never }) => {
  end[name](parameter).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
// Without its parent nobody needs it.
process.on('disconnect', () => process.exit())
