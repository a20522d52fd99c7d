import { type Script, sh, shFile } from '../../shell/script.ts'

/** How a new file is tried out: a command's words; its path stands for `%s`, or comes last where no word has that. */
export type Validate = readonly string[]

/**
 * Files with which a mistake in one line makes a host unusable: nobody could become root, log in after the next boot,
 * or install anything. sudo leaves out names with a dot or a final tilde; sshd and apt read only those with their
 * ending.
 */
const READERS: readonly (readonly [reader: string, paths: RegExp])[] = [
  ['visudo', /^\/etc\/sudoers(\.d\/[^/.]*[^/.~])?$/],
  ['sshd', /^\/etc\/ssh\/sshd_config(\.d\/[^/]+\.conf)?$/],
  ['apt-get', /^\/etc\/apt\/(sources\.list|sources\.list\.d\/[^/]+\.(list|sources))$/],
  ['apt-config', /^\/etc\/apt\/(apt\.conf|apt\.conf\.d\/([^/.]+|[^/]+\.conf))$/],
]

const script = shFile(import.meta.url, './accepts.sh')

/** How a file is tried out where the recipe does not say: of the files above, by the program that reads it. */
export function readerOf(path: string): Validate | undefined {
  const reader = READERS.find(([, paths]) => paths.test(path))?.[0]
  return reader === undefined ? undefined : ['sh', '-c', script.text, reader, '%s']
}

/** sh that fails unless `candidate` is accepted as the new content of `path`. */
export const accepts = (path: string, validate: Validate, candidate: string): Script =>
  sh`${validateWords(validate, candidate)} </dev/null || { echo ${`${path}: ${nameOf(validate)} refused the new content; the file is as it was`} >&2; exit 1; }`

/** Who tries it out: a script has its name behind it. */
const nameOf = ([program = '', flag, , name]: Validate): string =>
  (program === 'sh' && flag === '-c' ? name : undefined) ?? program

function validateWords(validate: Validate, candidate: string): Script {
  const words = validate.some((w) => w.includes('%s'))
    ? validate.map((w) => w.replaceAll('%s', () => candidate))
    : [...validate, candidate]
  return sh`${words}`
}
