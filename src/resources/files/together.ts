import { grouped } from '../../lib/grouped.ts'
import { there } from '../../lib/user-error.ts'
import type { Item } from '../../model/resource.ts'
import { empty, join, type Script, sh, shFile } from '../../shell/script.ts'
import type { Content } from '../kit/content.ts'
import type { FullAccess } from '../kit/mode.ts'
import { dirName, hiddenPath } from '../kit/path.ts'

/** A file whose content no program checks. */
interface PlainFile extends FullAccess {
  readonly content: Pick<Content, 'word' | 'size'>
}

/** The limits of a batch: files, bytes of their paths (which are arguments), and bytes of content. */
const MOST = { files: 1000, paths: 65536, bytes: 16 * 1024 * 1024 }
/** Up to this many files are synced one by one; for more, their file systems are. */
const FEW_SYNCED = 8

/** sh functions of {@link applyFiles}. */
export const togetherFunctions: Script = shFile(import.meta.url, './together.sh')

/** Splits items into batches within these limits. */
function batches<Props extends PlainFile>(items: readonly Item<Props>[]): readonly (readonly Item<Props>[])[] {
  const out: Item<Props>[][] = []
  let room = { files: 0, paths: 0, bytes: 0 }
  for (const item of items) {
    const needs = { files: 1, paths: Buffer.byteLength(hiddenPath(item.name)) + 1, bytes: item.props.content.size }
    const left = { files: room.files - 1, paths: room.paths - needs.paths, bytes: room.bytes - needs.bytes }
    const last = out.at(-1)
    if (last === undefined || left.files < 0 || left.paths < 0 || left.bytes < 0) {
      out.push([item])
      room = { files: MOST.files - 1, paths: MOST.paths - needs.paths, bytes: MOST.bytes - needs.bytes }
    } else {
      last.push(item)
      room = left
    }
  }
  return out
}

/**
 * sh that writes files, in order. Plain writes work as `put` in kit/ does, but with a few processes for all of them:
 * write all files beside their final paths, sync, then rename. If a file fails before the renaming, no file of its
 * batch has been renamed; the step of the failing file is blamed.
 * @param check sh that fails unless plain files, `"$@"` before they are renamed, are accepted
 */
export function applyFiles<Props extends PlainFile>(
  items: readonly Item<Props>[],
  isPlain: (item: Item<Props>) => boolean,
  applyOne: (item: Item<Props>) => Script,
  check: (items: readonly Item<Props>[]) => Script = () => empty,
): Script {
  const [first, ...more] = items
  if (first !== undefined && more.length === 0) return applyOne(first)
  const parts: Script[] = []
  for (let i = 0; i < items.length; ) {
    const last = items.findIndex((item, n) => n >= i && !isPlain(item))
    const plain = items.slice(i, last < 0 ? items.length : last)
    if (plain.length > 1) {
      for (const batch of batches(plain)) {
        parts.push(putBatch(batch, i, check(batch)))
        i += batch.length
      }
    } else {
      parts.push(sh`n=${i}`, applyOne(there(items[i], 'an item')))
      i += 1
    }
  }
  return join([
    sh`
      (
      tell_failed() { [ "$n" = all ] || [ -z "\${at-}" ] || blame $((at + n)); }
      trap tell_failed EXIT`,
    ...parts,
    sh`n=all )`,
  ])
}

function putBatch(items: readonly Item<PlainFile>[], before: number, check: Script): Script {
  const hidden = items.map(({ name }) => hiddenPath(name))
  const access = grouped(items, ({ props: { owner, group, mode } }) => `${owner}:${group} ${mode}`)
  const perDirectory = [...new Map(items.map(({ name }) => [dirName(name), hiddenPath(name)])).values()]
  return join([
    sh`
      n=${before} before=${before} batch=${hidden.join('\n')}
      set -- ${hidden}
      trap 'room "\${hidden:-$1}" 2>/dev/null || :; rm -rf -- "$@"; tell_failed' EXIT
      rm -rf -- "$@"
      mask=$(umask)
      umask 077
      set -C`,
    ...items.map(({ name, props: { content } }) => newFile(hiddenPath(name), content.word)),
    ...[...access].map(([who, same]) => {
      const paths = access.size === 1 ? sh`"$@"` : sh`${same.map(({ name }) => hiddenPath(name))}`
      return sh`own_files ${who.split(' ')} ${paths}`
    }),
    check,
    sh`n=${before}`,
    items.length > FEW_SYNCED ? sh`sync -f ${perDirectory}` : sh`sync "$@"`,
    sh`
      in_place "$@"
      trap tell_failed EXIT
      umask "$mask"
      set +C`,
  ])
}

/** Content that is fetched does not get here, because its file is no plain one. */
function newFile(hidden: string, word: Content['word']): Script {
  if (typeof word === 'object' && 'url' in word) throw new Error(`${hidden} is fetched`)
  return typeof word === 'object' && 'blob' in word ? sh`new_file ${hidden} <${word}` : sh`new_file ${hidden} ${word}`
}
