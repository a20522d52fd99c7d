import type { Fields, Refusal } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import type { FullAccess } from './mode.ts'

/** What lies under a path, not following a symbolic link. */
export interface Stat extends FullAccess {
  /** As `stat -c %F` says it: `regular file`, `directory`, `symbolic link`, `fifo`… */
  readonly kind: string
  readonly size: number
  /** Where a symbolic link points to. */
  readonly target?: string
}

/** Is it a plain file? `stat` has a word of its own for empty ones. */
export const isFile = (stat: Stat): boolean => stat.kind === 'regular file' || stat.kind === 'regular empty file'

/**
 * Devices and sockets belong to programs and to the system, which hold on to them: nothing is put in their place (a
 * host without /dev/null does not work), and only a socket may be removed.
 */
export function heldByOthers({ kind }: Stat, wanted: string, ensure: 'present' | 'absent'): Refusal | undefined {
  const isDevice = kind === 'character special file' || kind === 'block special file'
  if (!isDevice && (kind !== 'socket' || ensure === 'absent')) return undefined
  return {
    refusal: `not-a-${wanted}`,
    reason: `There is a ${kind} where a ${wanted} is ${ensure === 'absent' ? 'to be removed' : 'wanted'}.`,
    remedy: 'Correct the path.',
    changes: [],
    final: true,
  }
}

/**
 * Up to so many paths, words of one command are quicker than a list that other processes take apart. More might be too
 * many for the kernel.
 */
const FEW = 200

const FORMAT = '%n\\tstat\\t%F\\t%a\\t%U\\t%G\\t%s\\t%N\\n'

/**
 * sh function `stat_names` that looks at all paths in `$names` (one a line, `$1` of them) by one `stat`:
 * `NAME<TAB>stat<TAB>kind<TAB>mode<TAB>owner<TAB>group<TAB>size` and the name in quotes (of a link `<TAB>"NAME" ->
 * "TARGET"`), or `NAME<TAB>absent`. Only "no such file", "not a directory" and links in a circle mean absent:
 * any other complaint of `stat` fails the probe. Sets IFS to a line break and turns off globbing, so that `for name in
 * $names` walks the list.
 */
export const statNames: Script = join([
  sh`few=${FEW} nl=${'\n'} stat_format=${FORMAT}`,
  shFile(import.meta.url, './stat.sh'),
])

/** A probe that only looks at paths; needs {@link statNames}. */
export const statProbe = (names: readonly string[]): Script => sh`
  names=${names.join('\n')}
  stat_names ${names.length}`

/** Reads the line that {@link statNames} printed for one path. */
export function parseStat(records: readonly Fields[]): Stat | 'absent' {
  const stat = records.find(([word]) => word === 'stat')
  if (stat === undefined) {
    if (records.some(([word]) => word === 'absent')) return 'absent'
    throw new Error('the answer says neither what it is nor that it is absent')
  }
  const [, kind = '', mode = '', owner = '', group = '', size = '', names = ''] = stat
  const target = kind === 'symbolic link' ? cStrings(names)[1] : undefined
  return {
    kind,
    mode: mode.padStart(4, '0'),
    owner,
    group,
    size: Number(size),
    ...(target === undefined ? {} : { target }),
  }
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** The strings in a text that holds them quoted as in C (`QUOTING_STYLE=c`). */
export function cStrings(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, quoted = '']) => {
    const bytes = [...quoted.matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)].map(([, octal, letter, plain]) =>
      octal !== undefined
        ? Buffer.from([Number.parseInt(octal, 8)])
        : Buffer.from(plain ?? escapes[letter ?? ''] ?? letter ?? ''),
    )
    return Buffer.concat(bytes).toString('utf8')
  })
}
