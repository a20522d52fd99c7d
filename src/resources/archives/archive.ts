import * as v from 'valibot'
import { defineResource, type Wrong } from '../../model/define-resource.ts'
import type { Change, Fields, Item, Refusal } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { fetched, fileName, source, sums } from '../kit/fetch.ts'
import { accessDifferences, owners } from '../kit/mode.ts'
import { ownedBy } from '../kit/needs.ts'
import { pathBelowRoot } from '../kit/path.ts'
import { ensure, hostPath } from '../kit/properties.ts'
import { parseStat, type Stat, statNames } from '../kit/stat.ts'
import {
  type ArchiveFormat,
  type ArchiveProps,
  FORMATS,
  identity,
  MARKER,
  toolOf,
  trashPath,
  type Unpacked,
  unpackArchive,
} from './unpack.ts'

const properties = v.object({
  source: v.optional(v.pipe(source, v.description('A URL that the host fetches, or a file sent from this machine.'))),
  ...sums,
  format: v.optional(
    v.pipe(
      v.picklist(FORMATS),
      v.description(
        '`gz` is a single compressed file, `file` a single file stored as is. Default: derived from the name of the source.',
      ),
    ),
  ),
  strip: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.description('The number of leading directories to strip.')),
    0,
  ),
  link: v.optional(
    v.pipe(hostPath, v.description('A symbolic link to the directory, switched once everything is in place.')),
  ),
  ...owners,
  ensure: ensure('`absent` removes the directory, its content and the link.'),
})

/** An archive's observed state. */
export interface ArchiveState {
  readonly directory: Stat | 'absent'
  /** What the directory contains, according to its marker; `none`: it has no marker; `empty`: it has no entries. */
  readonly content: string
  /** A killed run has not removed the previous content. */
  readonly left: boolean
  /** Undefined if the recipe wants no link. */
  readonly link: Stat | 'absent' | undefined
}

const ENDINGS: readonly [RegExp, ArchiveFormat][] = [
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
      tab=${'\t'} marker=${MARKER}`,
    shFile(import.meta.url, './archive.sh'),
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

const NOTHING: ArchiveState = { directory: 'absent', content: 'none', left: false, link: undefined }

/** The directory contains nothing that was not made here. */
const isEmpty = ({ directory, content }: ArchiveState): boolean =>
  directory === 'absent' || (directory.kind === 'directory' && content === 'empty')

function gone(is: ArchiveState, directory: string, link: string | undefined): readonly Change[] {
  return [
    ...(is.directory === 'absent' ? [] : [{ action: 'remove' as const, text: 'the directory and its content' }]),
    ...(link !== undefined && pointsTo(is.link, directory)
      ? [{ action: 'remove' as const, attribute: 'link', from: link }]
      : []),
  ]
}

function differs(is: ArchiveState, directory: string, link: string | undefined, unpacked: Unpacked): readonly Change[] {
  const wanted = identity(unpacked)
  const content = { attribute: 'content', to: short(wanted), fingerprint: wanted }
  const changes: Change[] = []
  if (isEmpty(is)) changes.push({ action: 'create', ...content, text: `from ${fileName(unpacked.source)}` })
  else if (is.content !== wanted) changes.push({ action: 'update', ...content, from: short(is.content) })
  else if (is.directory !== 'absent') changes.push(...ownerDifference(unpacked, is.directory))
  if (link !== undefined && !pointsTo(is.link, directory))
    changes.push({ action: is.link === 'absent' ? 'create' : 'update', attribute: 'link', to: link })
  return changes
}

function diff(
  { directory, link, unpacked }: ArchiveProps,
  state: ArchiveState | 'absent',
): readonly Change[] | Refusal {
  const is = state === 'absent' ? NOTHING : state
  const changes: readonly Change[] = [
    ...(is.left ? [{ action: 'update' as const, text: 'remove what was there before' }] : []),
    ...(unpacked === undefined ? gone(is, directory, link) : differs(is, directory, link, unpacked)),
  ]
  const strange = typeof is.link === 'object' && is.link.kind !== 'symbolic link' ? link : undefined
  const inTheWay = !isEmpty(is) && is.content === 'none' ? directory : strange
  if (inTheWay === undefined || changes.length === 0) return changes
  return {
    refusal: 'archive-in-the-way',
    reason: `${inTheWay} already exists and was not made by this archive.`,
    remedy: 'Move it away, or allow it: it is then renamed, not removed.',
    changes,
  }
}

const pointsTo = (link: ArchiveState['link'], directory: string): boolean =>
  typeof link === 'object' && link.target === directory
const short = (id: string): string => id.replace(/(\s\w{12})\w*/, '$1').replace(/ strip 0$/, '')
const ownerDifference = ({ owner, group }: Unpacked, is: Stat): readonly Change[] =>
  accessDifferences({ owner, group, mode: is.mode }, is)

function normalise(given: v.InferOutput<typeof properties>, name: string, wrong: Wrong): ArchiveProps {
  const directory = pathBelowRoot('archive', name)
  if (directory.split('/').length < 3) wrong('an archive does not replace a directory directly below /')
  const link =
    given.link === undefined ? {} : { link: pathBelowRoot(`archive ${JSON.stringify(name)}: link`, given.link) }
  if (given.link === directory) wrong('the link cannot be the directory itself')
  if (given.ensure === 'absent') return { directory, ...link }
  const { source = wrong('give its source, a URL or { file }'), strip, owner, group } = given
  const format = given.format ?? ENDINGS.find(([pattern]) => pattern.test(fileNameOf(source)))?.[1] ?? 'file'
  if (strip > 0 && (format === 'file' || format === 'gz')) wrong('one file has no directories to strip')
  return {
    directory,
    ...link,
    unpacked: { ...fetched(`archive ${JSON.stringify(name)}`, source, given), format, strip, owner, group },
  }
}

const fileNameOf = (source: string | { readonly file: string }): string =>
  typeof source === 'string' && !URL.canParse(source) ? source : fileName(source)

/**
 * An archive, unpacked into a directory of its own: `archive('/opt/zookeeper-3.9.5', { source, sha512, strip: 1,
 * link: '/opt/zookeeper' })`.
 */
export const archive = defineResource({
  name: 'archive',
  properties,
  normalise,
  observe,
  parse,
  diff,
  apply: unpackArchive,
  needs: (_name, { unpacked }) =>
    unpacked === undefined ? [] : [...toolOf(unpacked.format), ...ownedBy(unpacked.owner, unpacked.group)],
  brings: ({ name }) => name.startsWith('/'), // links may lead into it
  places: (_name, { directory: path, link, unpacked }) => [
    unpacked === undefined ? { path, as: 'nothing' } : { path, as: 'directory', replaces: 'itself' },
    ...(unpacked === undefined || link === undefined ? [] : [{ path: link, as: 'link' as const }]),
  ],
  probeFunctions: [statNames],
})
