import type { Fields, Refusal } from '../../model/resource.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import type { FullAccess } from './mode.ts'

/** What is at a path; symbolic links are not followed. */
export interface Stat extends FullAccess {
  /** In the words of `stat -c %F`: `regular file`, `directory`, `symbolic link`, `fifo`… */
  readonly kind: string
  readonly size: number
  /** The target of a symbolic link. */
  readonly target?: string
}

/** Is it a regular file? `stat` has a separate word for empty ones. */
export const isFile = (stat: Stat): boolean => stat.kind === 'regular file' || stat.kind === 'regular empty file'

/**
 * Programs and the system hold on to devices and sockets, so nothing replaces them (a host without /dev/null is
 * broken), and only a socket may be removed.
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
 * Up to this many paths, one command line is faster than a list that other processes take apart; more might exceed the
 * kernel's limit.
 */
const FEW = 200

const FORMAT = '%n\\tstat\\t%F\\t%a\\t%U\\t%G\\t%s\\t%N\\n'

/**
 * sh function `stat_names` that examines all paths in `$names` (one per line, `$1` of them) with one `stat`. Prints
 * `NAME<TAB>stat<TAB>kind<TAB>mode<TAB>owner<TAB>group<TAB>size` and the quoted name (for a link `<TAB>"NAME" ->
 * "TARGET"`), or `NAME<TAB>absent`. Only "no such file", "not a directory" and symbolic link loops mean absent: any
 * other complaint of `stat` fails the probe. Sets IFS to a line break and turns off globbing, so that `for name in
 * $names` walks the list.
 */
export const statNames: Script = join([
  sh`few=${FEW} nl=${'\n'} stat_format=${FORMAT}`,
  shFile(import.meta.url, './stat.sh'),
])

/** A probe that only examines paths; requires {@link statNames}. */
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

/** The strings that a text contains in C's quoting (`QUOTING_STYLE=c`). */
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
