import type { Item, Need } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { downloadFunctions } from '../kit/download.ts'
import { type Fetched, fetch, fileName } from '../kit/fetch.ts'
import { dirName, hiddenPath } from '../kit/path.ts'
import { leaving } from '../kit/put.ts'

/** The supported formats. `gz` is one compressed file, `file` is one plain file. */
export const FORMATS = ['tar', 'tar.gz', 'tar.xz', 'tar.bz2', 'tar.zst', 'zip', 'gz', 'file'] as const
/** One of {@link FORMATS}. */
export type ArchiveFormat = (typeof FORMATS)[number]

/** What the directory should contain. */
export interface Unpacked extends Fetched {
  readonly format: ArchiveFormat
  readonly strip: number
  readonly owner: string
  readonly group: string
}

/** An archive as wanted; without `unpacked`, it should not exist. */
export interface ArchiveProps {
  readonly directory: string
  readonly link?: string
  readonly unpacked?: Unpacked
}

/** The file in the directory that records what was unpacked there, so that nothing needs to be hashed again. */
export const MARKER = '.provision'

/** The program that a format needs besides tar, and its Debian package. */
const TOOLS: Partial<Record<ArchiveFormat, readonly [tool: string, debian: string]>> = {
  'tar.xz': ['xz', 'xz-utils'],
  'tar.bz2': ['bzip2', 'bzip2'],
  'tar.zst': ['zstd', 'zstd'],
  zip: ['unzip', 'unzip'],
}

const TAR_FLAGS = {
  tar: [],
  'tar.gz': ['--gzip'],
  'tar.xz': ['--xz'],
  'tar.bz2': ['--bzip2'],
  'tar.zst': ['--zstd'],
} as const

/**
 * The tool as a need that is not checked in advance: the step reports a missing tool itself, because it does not always
 * unpack.
 */
export const toolOf = (format: ArchiveFormat): readonly Need[] => {
  const [name, debian] = TOOLS[format] ?? []
  return name === undefined ? [] : [{ kind: 'program', name, from: `package ${debian}`, planned: true }]
}

/** Where the previous content lies until it is removed. */
export const trashPath = (directory: string): string => `${hiddenPath(directory)}-old`

/** What the marker says if everything is as wanted. */
export const identity = ({ sum: { algorithm, hex }, strip }: Unpacked): string => `${algorithm} ${hex} strip ${strip}`

/** sh that creates the directory and the link, or removes them. */
export function unpackArchive({ props }: Item<ArchiveProps>): Script {
  const change = props.unpacked === undefined ? remove(props) : unpack(props, props.unpacked)
  return join([sh`(`, downloadFunctions, functions, change, sh`)`])
}

const functions: Script = join([sh`marker=${MARKER}`, shFile(import.meta.url, './unpack.sh')])

function remove({ directory, link }: ArchiveProps): Script {
  const trash = trashPath(directory)
  return sh`
    if [ -n ${link ?? ''} ] && [ "$(readlink -- ${link ?? ''})" = ${directory} ]; then rm -f -- ${link ?? ''}; fi
    if [ -e ${directory} ] || [ -L ${directory} ]; then discard ${directory} ${trash}; fi
    rm -rf --one-file-system -- ${trash}`
}

function unpack({ directory, link }: ArchiveProps, unpacked: Unpacked): Script {
  const { source, format, strip, owner, group } = unpacked
  const fresh = hiddenPath(directory)
  const trash = trashPath(directory)
  const who = `${owner}:${group}`
  const tool = TOOLS[format]
  return join([
    sh`
      dir=${directory} fresh=${fresh} trash=${trash}
      if [ "$(head -n 1 "$dir/$marker" 2>/dev/null)" != ${identity(unpacked)} ]; then`,
    tool === undefined ? sh`` : sh`needs ${tool}`,
    fetch(unpacked),
    sh`
      mkdir -p ${dirName(directory)}`,
    leaving(
      fresh,
      join([
        sh`mkdir -- "$fresh"`,
        extract(format, strip, fileName(source)),
        sh`
      [ -n "$(ls -A -- "$fresh")" ] || give_up ${`${fileName(source)} holds nothing that is left after strip: ${strip}`}
      chown -hR ${who} "$fresh"
      printf '%s\n' ${identity(unpacked)} >"$fresh/$marker"
      sync -f "$fresh"
      if [ -e "$dir" ] || [ -L "$dir" ]; then discard "$dir" "$trash"; fi
      mv -T -- "$fresh" "$dir" || { ! ours "$trash" || mv -T -- "$trash" "$dir"; exit 1; }`,
      ]),
    ),
    sh`
      sync ${dirName(directory)}
      [ -z "$download" ] || rm -f "$download"
      else chown -hR ${who} "$dir"; fi
      rm -rf --one-file-system -- "$trash"`,
    link === undefined ? sh`` : switchLink(link, directory),
  ])
}

function extract(format: ArchiveFormat, strip: number, name: string): Script {
  const single = (how: Script, as: string) => sh`
    ${how} >"$fresh/"${as}
    chmod 0755 "$fresh/"${as}`
  if (format === 'file') return single(sh`cat "$fetched"`, name)
  if (format === 'gz') return single(sh`gzip -dc "$fetched"`, name.replace(/\.gz$/, ''))
  if (format === 'zip') {
    return sh`
      unzip -q "$fetched" -d "$fresh/.zip"
      find "$fresh/.zip" -mindepth ${strip + 1} -maxdepth ${strip + 1} -exec mv -t "$fresh" -- {} +
      rm -rf "$fresh/.zip"`
  }
  return sh`tar -x ${TAR_FLAGS[format]} -f "$fetched" -C "$fresh" --strip-components=${strip} --no-same-owner --no-same-permissions`
}

const switchLink = (link: string, directory: string): Script => sh`
  if [ "$(readlink -- ${link})" != ${directory} ]; then
  mkdir -p ${dirName(link)}
  if [ -e ${link} ] && [ ! -L ${link} ]; then aside ${link}; fi
  ${leaving(
    hiddenPath(link),
    sh`
    ln -s -- ${directory} ${hiddenPath(link)}
    mv -fT -- ${hiddenPath(link)} ${link}`,
  )}
  fi`
