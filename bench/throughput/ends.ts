import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import typescript from 'typescript'
import { startBrowser } from '../../test/support/browser.ts'
import type { CommandName, Commands } from './plan.ts'

/** One end, told what to do from here. */
export interface End {
  call<Name extends CommandName>(
    name: Name,
    ...parameters: Parameters<Commands[Name]>
  ): Promise<Awaited<ReturnType<Commands[Name]>>>
}

/** Where ends run. */
export interface Engine {
  readonly name: string
  start(stack: AsyncDisposableStack): Promise<[End, End]>
}

export const NODE: Engine = {
  name: 'Node',
  start: (stack) => Promise.resolve([startProcess(stack), startProcess(stack)]),
}

export const CHROMIUM: Engine = {
  name: 'Chromium',
  async start(stack) {
    const url = await servePage(stack)
    const browser = stack.use(await startBrowser())
    const open = async (): Promise<End> => {
      const page = await browser.open(url)
      return {
        call: (name, parameter?: unknown) =>
          page.evaluate(`import('/end.page.ts').then(({ end }) => end.${name}(${JSON.stringify(parameter ?? null)}))`),
      }
    }
    return [await open(), await open()]
  },
}

function startProcess(stack: AsyncDisposableStack): End {
  const child = fork(join(import.meta.dirname, 'end.node.ts'), [], { execArgv: process.execArgv })
  stack.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.disconnect()
    await exit
  })
  return {
    async call(name, parameter?: unknown) {
      const answered = new AbortController()
      const { signal } = answered
      const answer = Promise.race([
        once(child, 'message', { signal }),
        once(child, 'exit', { signal }).then(() => [{ error: 'The process has ended.' }]),
      ])
      child.send({ name, parameter })
      const [{ result, error }] = (await answer) as [{ result?: never; error?: string }]
      answered.abort()
      if (error !== undefined) throw new Error(error)
      return result as never
    },
  }
}

/** This folder with its types taken off, and the built SDK; on a free port of loopback. */
async function servePage(stack: AsyncDisposableStack): Promise<string> {
  const server = createServer((request, response) => {
    scriptAt(request.url ?? '/').then(
      (script) => {
        const type = script === null ? 'text/html' : 'text/javascript'
        response
          .writeHead(200, { 'content-type': type })
          .end(script ?? '<!doctype html><link rel="icon" href="data:,">')
      },
      () => response.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function scriptAt(path: string): Promise<string | null> {
  if (path === '/') return null
  if (path === '/edgeswarm.min.js') return readFile('dist/sdk/edgeswarm.min.js', 'utf8')
  const { ModuleKind, ScriptTarget, transpileModule } = typescript
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022, verbatimModuleSyntax: true }
  return transpileModule(await readFile(join(import.meta.dirname, path), 'utf8'), { compilerOptions }).outputText
}
