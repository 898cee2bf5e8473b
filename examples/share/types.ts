/** Media types by the end of a file's name: those that a browser may show, and no others. */
const types: Readonly<Record<string, string>> = {
  ...typed('image/', { avif: 'avif', bmp: 'bmp', gif: 'gif', jpeg: 'jpeg', jpg: 'jpeg', png: 'png', webp: 'webp' }),
  ...typed('image/', { ico: 'x-icon', svg: 'svg+xml' }),
  ...typed('video/', { m4v: 'mp4', mov: 'quicktime', mp4: 'mp4', ogv: 'ogg', webm: 'webm' }),
  ...typed('audio/', { aac: 'aac', flac: 'flac', m4a: 'mp4', mp3: 'mpeg', oga: 'ogg', ogg: 'ogg', opus: 'ogg' }),
  ...typed('audio/', { wav: 'wav', weba: 'webm' }),
  ...typed('text/', { css: 'css', csv: 'csv', htm: 'html', html: 'html', ics: 'calendar', log: 'plain' }),
  ...typed('text/', { markdown: 'markdown', md: 'markdown', ts: 'plain', txt: 'plain', vcf: 'vcard', yaml: 'yaml' }),
  ...typed('application/', { js: 'javascript', json: 'json', mjs: 'javascript', pdf: 'pdf', sh: 'x-sh', xml: 'xml' }),
}

/** The media type of a file by its name. */
export function typeOf(name: string): string {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  return (Object.hasOwn(types, extension) ? types[extension] : undefined) ?? 'application/octet-stream'
}

function typed(group: string, kinds: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(kinds).map(([extension, kind]) => [extension, group + kind]))
}
