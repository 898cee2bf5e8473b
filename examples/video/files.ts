import type { Subscription } from 'edgeswarm/content'

const TYPES: Readonly<Record<string, string>> = {
  m4v: 'video/mp4',
  mkv: 'video/x-matroska',
  mov: 'video/mp4',
  mp4: 'video/mp4',
  ogv: 'video/ogg',
  webm: 'video/webm',
}

/** The paths of the files of the newest release that this browser may play. */
export async function playableOf(subscription: Subscription): Promise<string[]> {
  const files =
    subscription.files ??
    (await new Promise<readonly { readonly path: string }[]>((resolve) => {
      const off = subscription.on('progress', () => {
        if (!subscription.files) return
        off()
        resolve(subscription.files)
      })
    }))
  return files.map(({ path }) => path).filter(isPlayable)
}

function isPlayable(path: string): boolean {
  const type = TYPES[path.split('.').at(-1)?.toLowerCase() ?? '']
  return type !== undefined && document.createElement('video').canPlayType(type) !== ''
}
