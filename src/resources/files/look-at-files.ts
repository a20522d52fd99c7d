import type { Item } from '../../model/resource.ts'
import { empty, join, LARGE_BLOB, type Script, sh, shFile } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import { type Content, digestOf, MOST_INLINE } from '../kit/content.ts'

/** What a probe must know of a wanted file. */
interface Wanted {
  readonly ensure: 'present' | 'absent'
  readonly existing?: 'keep' | 'refuse'
  readonly content: Content
  readonly secret: boolean
}

/** Stands for the digest of a file that is not read. */
const unchecked = '-'.repeat(64)

const isRead = ({ ensure, existing }: Wanted): boolean => ensure === 'present' && existing !== 'keep'

/** Is it compared with a large file of this machine? */
const isLarge = (wanted: Wanted): boolean => isRead(wanted) && wanted.content.size >= LARGE_BLOB

/** The sh functions of {@link lookAtFiles}. `look_at_files` takes lines `DIGEST  PATH` as sha256sum prints them. */
export const lookFunctions: Script = join([sh`most_inline=${MOST_INLINE}`, shFile(import.meta.url, './file.sh')])

/** For more files than this, a host that has perl sends contents back in one process. */
const MANY = 20

/** sh that prints what is at each path, and whether a file's content differs. */
export function lookAtFiles(items: readonly Item<Wanted>[]): Script {
  const hidden = (text: string, { secret }: Wanted): string | Secret => (secret ? new Secret(text) : text)
  const lines = items.flatMap(({ name, props }) =>
    isLarge(props) ? [] : [hidden(`${isRead(props) ? digestOf(props.content) : unchecked}  ${name}`, props)],
  )
  const large = items.flatMap(({ name, props }) =>
    isLarge(props) ? [hidden(`${digestOf(props.content)} ${props.content.size} ${name}`, props)] : [],
  )
  // content that is not compared line by line
  const quiet = items.filter(({ props: { secret, content } }) => secret || typeof content.word === 'object')
  return join([
    items.length > MANY ? shFile(import.meta.url, './many-files.sh') : empty,
    sh`quiet=${['', ...quiet.map(({ name }) => name), ''].join('\n')}`,
    large.length === 0 ? sh`look_at_files ${lines}` : lookAtLarge(lines, large),
  ])
}

/** The same, with large files, which are read only if it must be. */
const lookAtLarge = (lines: readonly (string | Secret)[], large: readonly (string | Secret)[]): Script =>
  join([
    sh`unread=${unchecked}`,
    shFile(import.meta.url, './large-file.sh'),
    sh`
      set -- ${lines}
      for large in ${large}; do
        look_at_large "$large"
        set -- "$@" "$line"
      done
      look_at_files "$@"`,
  ])
