/** The info hash of the newest release at a link, as the tracker that served this page says; `null` if it knows none. */
export async function torrentOf(address: string): Promise<string | null> {
  const response = await fetch(address, { headers: { accept: 'application/json' } }).catch(() => null)
  const feed = response?.ok === true ? ((await response.json()) as { releases: { release: string }[] }) : null
  const newest = feed?.releases.at(-1)
  return newest ? (JSON.parse(newest.release) as { infoHash: string }).infoHash : null
}
