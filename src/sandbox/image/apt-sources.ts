/** One Debian archive in apt's sources. */
export interface AptSource {
  readonly uri: string
  readonly suites: readonly string[]
  readonly components: readonly string[]
  /** A keyring's path, or an ASCII-armoured key (deb822 lets a source carry it). */
  readonly signedBy?: string
}

const words = (text: string | undefined): string[] => (text ?? '').split(/\s+/).filter(Boolean)

/** Reads deb822 (`*.sources`). */
export const parseDeb822 = (text: string): AptSource[] =>
  text.split(/\n\s*\n/).flatMap((paragraph) => {
    const fields = new Map<string, string>()
    let last = ''
    for (const line of paragraph.split('\n')) {
      if (line.startsWith('#') || line.trim() === '') continue
      const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line)
      if (field) {
        last = (field[1] ?? '').toLowerCase()
        fields.set(last, field[2] ?? '')
      } else if (last !== '') fields.set(last, `${fields.get(last)}\n${line}`)
    }
    if (fields.get('enabled') === 'no' || !words(fields.get('types')).includes('deb')) return []
    const signedBy = fields.get('signed-by')?.trim()
    return words(fields.get('uris')).map((uri) => ({
      uri,
      suites: words(fields.get('suites')),
      components: words(fields.get('components')),
      ...(signedBy ? { signedBy } : {}),
    }))
  })

/** Reads one-line sources (`sources.list`, `*.list`). */
export const parseOneLine = (text: string): AptSource[] =>
  text.split('\n').flatMap((line) => {
    const found = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line)
    if (!found) return []
    const [, options = '', uri = '', suite = '', components = ''] = found
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1]
    return [{ uri, suites: [suite], components: words(components), ...(signedBy ? { signedBy } : {}) }]
  })

const SUITE = /^(?:bullseye|bookworm|trixie|forky|sid|stable|testing|unstable|oldstable)((?:-updates|-security)?)$/

/**
 * Is it a Debian archive, not another vendor's that uses Debian's suite names? It is signed with Debian's key or, if no
 * key is named, called `debian`.
 */
const isDebian = ({ uri, components, signedBy }: AptSource): boolean =>
  components.includes('main') &&
  /^https?:/.test(uri) &&
  (signedBy === undefined
    ? /\/debian(?:-security)?(?:\/|$)/.test(uri)
    : signedBy.includes('debian-archive') || signedBy.includes('BEGIN PGP'))

/**
 * The same archives for another release: one per URI, with other suites. Empty if the machine's sources name no Debian
 * archive.
 */
export const forRelease = (sources: readonly AptSource[], codename: string): AptSource[] => {
  const archives = new Map<string, AptSource>()
  for (const source of sources.filter(isDebian)) {
    const suites = source.suites.flatMap((suite) => {
      const found = SUITE.exec(suite)
      return found ? [`${codename}${found[1]}`] : []
    })
    if (suites.length === 0) continue
    const uri = source.uri.replace(/\/+$/, '')
    const all = [...new Set([...(archives.get(uri)?.suites ?? []), ...suites])]
    archives.set(uri, { ...source, uri, suites: all, components: ['main'] })
  }
  const found = [...archives.values()]
  return found.some(({ suites }) => suites.includes(codename)) ? found : []
}

/** Writes deb822. `keyring` replaces a keyring's path (hosts have Debian's own). */
export const renderDeb822 = (sources: readonly AptSource[], keyring?: string): string =>
  sources
    .map(({ uri, suites, components, signedBy }) => {
      const key = signedBy?.startsWith('/') ? (keyring ?? signedBy) : (signedBy ?? keyring)
      const field = key === undefined ? [] : [key.includes('\n') ? `Signed-By:\n ${key}` : `Signed-By: ${key}`]
      return `${['Types: deb', `URIs: ${uri}`, `Suites: ${suites.join(' ')}`, `Components: ${components.join(' ')}`, ...field].join('\n')}\n`
    })
    .join('\n')

/**
 * The URI that a client of the package cache requests: it talks plain HTTP to the cache, which fetches from https
 * mirrors for URIs in this form.
 */
export const throughCache = (uri: string): string => uri.replace(/^https:\/\//, 'http://HTTPS///')
