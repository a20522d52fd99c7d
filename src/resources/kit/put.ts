import { RUN_DIR } from '../../shell/paths.ts'
import { empty, join, quoted, type Script, sh } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import { accepts, type Validate } from './accepts.ts'
import type { Content } from './content.ts'
import type { FullAccess } from './mode.ts'
import { baseName, dirName, hiddenPath } from './path.ts'
import { type Reader, readerOf } from './readers.ts'

/**
 * root's own directory (0700, in memory), in which a file is checked under its real name before it replaces another.
 */
const CANDIDATE_DIR = `${RUN_DIR}/new`

/**
 * sh that puts content at a path: writes all of it beside the path, 0600 until owner and mode are right, syncs it and
 * renames it.
 */
export function put(
  path: string,
  { word }: Pick<Content, 'word'>,
  access: FullAccess,
  validate?: Validate | Reader,
): Script {
  const candidate = `${CANDIDATE_DIR}/${baseName(path)}`
  const write = writing(word)
  if (validate === undefined)
    return replace(path, write, access, typeof word === 'object' && 'blob' in word ? word : undefined)
  return leaving(
    CANDIDATE_DIR,
    join([
      sh`( umask 077; mkdir -p ${CANDIDATE_DIR}; ${write} >${candidate} )`,
      own(candidate, access),
      accepts(path, validate, candidate),
      replace(path, sh`cat ${candidate}`, access),
      sh`rm -rf ${CANDIDATE_DIR}`,
    ]),
  )
}

/** sh that prints content; downloaded content is `"$fetched"`. */
function writing(word: Content['word']): Script {
  if (typeof word !== 'object' || word instanceof Secret) return sh`printf %s ${word}`
  return 'blob' in word ? sh`cat ${word}` : sh`cat "$fetched"`
}

/**
 * sh that fails unless a command, or the reader of `path`, accepts the new content, `"$hidden"`, under its real name.
 */
export function tryOut(path: string, validate: Validate | Reader | undefined = readerOf(path)): Script {
  if (validate === undefined) return empty
  const candidate = `${CANDIDATE_DIR}/${baseName(path)}`
  return leaving(
    CANDIDATE_DIR,
    join([
      sh`( umask 077; mkdir -p ${CANDIDATE_DIR}; cp -a "$hidden" ${candidate} )`,
      accepts(path, validate, candidate),
      sh`rm -rf ${CANDIDATE_DIR}`,
    ]),
  )
}

/**
 * sh that replaces a file with the output of `write`; its access control list is kept. `given` is a file with that
 * content that nothing else needs: it becomes the new file itself, unless another has been made from it already.
 */
export function replace(path: string, write: Script, access: FullAccess, given?: Parameters<typeof sh>[1]): Script {
  const hidden = hiddenPath(path)
  const link =
    given === undefined ? sh`` : sh`{ [ "$(stat -c %h ${given})" = 1 ] && ln ${given} ${hidden} 2>/dev/null; } || `
  return join([
    sh`[ -d ${dirName(path)} ] || { echo ${`${path}: there is no directory ${dirName(path)} to put it into`} >&2; exit 1; }`,
    leaving(
      hidden,
      sh`
        ${link}( umask 077; set -C; ${write} >${hidden} )
        ${own(hidden, access)}
        keep_acl ${hidden} 2>/dev/null || :
        sync ${hidden}
        mv -fT ${hidden} ${path}`,
    ),
  ])
}

/**
 * sh that makes something new under a temporary path, and removes it on failure. Removes what a killed run left there
 * first. `room` records the free space, to explain a failure.
 */
export function leaving(path: string, make: Script): Script {
  return sh`
    ( trap ${quoted(sh`room ${path} 2>/dev/null || :; rm -rf -- ${path}`)} EXIT
    rm -rf -- ${path}
    ${make}
    trap - EXIT )`
}

const own = (path: string, { owner, group, mode }: FullAccess): Script =>
  sh`chown -h ${`${owner}:${group}`} ${path}; chmod ${mode} ${path}`
