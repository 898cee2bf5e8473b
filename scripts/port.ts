export const DEFAULT_PORT = 8787

/** The port that `PORT` or `--port` names. Ends the process with one sentence if it is no port. */
export function parsePort(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  console.error(`The port must be a whole number from 1 to 65535, and this is ${JSON.stringify(text)}.`)
  process.exit(2)
}
