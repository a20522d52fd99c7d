import { defineByHand } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal } from '../../model/resource.ts'
import { join, type Script, sh } from '../../shell/script.ts'
import { fetched, fileName } from '../kit/fetch.ts'
import { access, accessDifferences } from '../kit/mode.ts'
import { absolutePath } from '../kit/path.ts'
import { parseStat, type Stat, statNames } from '../kit/stat.ts'
import { type ArchiveFormat, identity, MARKER, trashPath, type Unpacked, unpackArchive } from './unpack.ts'

/** What a recipe writes about an archive. */
export interface ArchiveInput {
  /** Fetched by the host, or sent from this machine. */
  readonly source?: string | { readonly file: string }
  /** Hex, or the publisher's own line. One of the two. */
  readonly sha256?: string
  readonly sha512?: string
  /** Default: by the source's name. */
  readonly format?: ArchiveFormat
  /** Directories at the top of the archive that are left out; default 0. */
  readonly strip?: number
  /** A symbolic link to the directory, switched when all is in place. */
  readonly link?: string
  readonly owner?: string
  readonly group?: string
  readonly ensure?: 'present' | 'absent'
}

/** An archive as it shall be; without `unpacked`: gone. */
export interface ArchiveProps {
  readonly directory: string
  readonly link?: string
  readonly unpacked?: Unpacked
}

/** What is there. */
export interface ArchiveState {
  readonly directory: Stat | 'absent'
  /** What lies in the directory, as its marker says; `none`: no marker; `empty`: nothing at all. */
  readonly content: string
  /** A run was killed before it had removed what was there before. */
  readonly left: boolean
  /** Undefined where none is wanted. */
  readonly link: Stat | 'absent' | undefined
}

const FORMATS: readonly [RegExp, ArchiveFormat][] = [
  [/\.(tar\.gz|tgz)$/, 'tar.gz'],
  [/\.(tar\.xz|txz)$/, 'tar.xz'],
  [/\.(tar\.bz2|tbz2?)$/, 'tar.bz2'],
  [/\.(tar\.zst|tzst)$/, 'tar.zst'],
  [/\.tar$/, 'tar'],
  [/\.(zip|jar)$/, 'zip'],
  [/\.gz$/, 'gz'],
]

function observe(items: readonly Item<ArchiveProps>[]): Script {
  const links = items.flatMap(({ props: { link } }) => link ?? [])
  return join([
    sh`
      names=${[...items.map((i) => i.name), ...links].join('\n')}
      paths=$(`,
    sh`
      stat_names ${items.length + links.length}
      )
      tab=${'\t'}
      say() { printf '%s\n' "$paths" | while IFS= read -r line; do case $line in "$2$tab"*) printf '%s\t%s\t%s\n' "$1" "$3" "\${line#*"$tab"}" ;; esac; done; }
      look() {
        say "$1" "$1" directory
        content=none
        if [ -f "$1/"${MARKER} ]; then content=$(head -c 1000 "$1/"${MARKER} | head -n 1)
        elif [ -d "$1" ] && [ -z "$(ls -A -- "$1")" ]; then content=empty; fi
        printf '%s\tcontent\t%s\n' "$1" "$content"
        [ ! -e "$3" ] || printf '%s\tleft\n' "$1"
        [ -z "$2" ] || say "$1" "$2" link
      }`,
    ...items.map(({ name, props: { link = '' } }) => sh`look ${name} ${link} ${trashPath(name)}`),
  ])
}

function parse(records: readonly Fields[]): ArchiveState {
  const of = (word: string) => records.filter((fields) => fields[0] === word).map((fields) => fields.slice(1))
  return {
    directory: parseStat(of('directory')),
    content: of('content')[0]?.[0] ?? 'none',
    left: of('left').length > 0,
    link: of('link').length === 0 ? undefined : parseStat(of('link')),
  }
}

function diff({ directory, link, unpacked }: ArchiveProps, state: ArchiveState | 'absent'): readonly Change[] | Refusal {
  const is = state as ArchiveState
  const nothing = is.directory === 'absent' || (is.directory.kind === 'directory' && is.content === 'empty')
  const changes: Change[] = is.left ? [{ action: 'update', text: 'remove what was there before' }] : []
  if (unpacked === undefined) {
    if (is.directory !== 'absent') changes.push({ action: 'remove', text: 'the directory, with all in it' })
    if (pointsTo(is.link, directory)) changes.push({ action: 'remove', text: `the link ${link}` })
  } else {
    const wanted = identity(unpacked)
    if (nothing) changes.push({ action: 'create', text: `${fileName(unpacked.source)}, ${short(wanted)}`, fingerprint: wanted })
    else if (is.content !== wanted) changes.push({ action: 'update', text: `${short(is.content)} → ${short(wanted)}`, fingerprint: wanted })
    else for (const text of ownerDifference(unpacked, is.directory as Stat)) changes.push({ action: 'update', text })
    if (link !== undefined && !pointsTo(is.link, directory))
      changes.push({ action: is.link === 'absent' ? 'create' : 'update', text: `the link ${link}` })
  }
  const inTheWay =
    !nothing && is.content === 'none'
      ? directory
      : is.link !== undefined && is.link !== 'absent' && is.link.kind !== 'symbolic link'
        ? link
        : undefined
  if (inTheWay === undefined || changes.length === 0) return changes
  return {
    refusal: 'archive-in-the-way',
    reason: `${inTheWay} is there and was not made by this archive.`,
    remedy: 'Move it away; if it is allowed, it is renamed, not removed.',
    changes,
  }
}

const pointsTo = (link: ArchiveState['link'], directory: string): boolean => typeof link === 'object' && link.target === directory
const short = (id: string): string => id.replace(/(\s\w{12})\w*/, '$1').replace(/ strip 0$/, '')
const ownerDifference = ({ owner, group }: Unpacked, is: Stat): readonly string[] => accessDifferences({ owner, group, mode: is.mode }, is)

function normalise(input: ArchiveInput, name: string): ArchiveProps {
  const what = `archive ${JSON.stringify(name)}`
  const say = (message: string): never => {
    throw new TypeError(`${what}: ${message}`)
  }
  const directory = absolutePath('archive', name)
  if (directory.split('/').length < 3) say('a directory right below / is not replaced by an archive')
  const link = input.link === undefined ? {} : { link: absolutePath('archive', input.link) }
  if (input.link === directory) say('the link cannot be the directory itself')
  if (input.ensure === 'absent') return { directory, ...link }
  const { source = say('give its source, a URL or { file }'), strip = 0 } = input
  const format = input.format ?? FORMATS.find(([pattern]) => pattern.test(fileNameOf(source)))?.[1] ?? 'file'
  if (!Number.isInteger(strip) || strip < 0) say('strip is a number of directories, 0 or more')
  if (strip > 0 && (format === 'file' || format === 'gz')) say('one file has no directories to strip')
  const { owner, group } = access(what, input)
  return { directory, ...link, unpacked: { ...fetched(what, source, input), format, strip, owner, group } }
}

const fileNameOf = (source: string | { readonly file: string }): string =>
  typeof source === 'string' && !URL.canParse(source) ? source : fileName(source)

/** An archive, unpacked whole under a directory of its own: `archive('/opt/zookeeper-3.9.5', { source, sha512, strip: 1, link: '/opt/zookeeper' })`. */
export const archive = defineByHand<ArchiveInput, ArchiveProps, ArchiveState>(
  { name: 'archive', observe, parse, diff, apply: unpackArchive, probeFunctions: [statNames] },
  normalise,
  { source: true, sha256: true, sha512: true, format: true, strip: true, link: true, owner: true, group: true, ensure: true },
)
