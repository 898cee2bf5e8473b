import { benchTracker } from './tracker/index.ts'

const BENCHES: Readonly<Record<string, { about: string; run: (parameters: string[]) => Promise<void> }>> = {
  tracker: { about: 'announces a second, beside a bare durable object and bittorrent-tracker', run: benchTracker },
}

const [name, ...parameters] = process.argv.slice(2)
const bench = name === undefined ? undefined : BENCHES[name]
if (bench) {
  await bench.run(parameters)
} else {
  const list = Object.entries(BENCHES).map(([known, { about }]) => `  npm run bench -- ${known}   ${about}`)
  console.log(['Every number that Edgeswarm claims, one command each:', ...list].join('\n'))
  process.exitCode = name === undefined || name === '--help' ? 0 : 2
}
