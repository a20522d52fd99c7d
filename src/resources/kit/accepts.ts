import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { understoodFunction } from '../systemd/understood.ts'
import type { Reader } from './readers.ts'

/** How to check a new file: a command's words. `%s` stands for the file's path; without it, the path comes last. */
export type Validate = readonly string[]

const script = shFile(import.meta.url, './accepts.sh')

/** sh that fails unless `candidate` is accepted as the new content of `path`. */
export function accepts(path: string, by: Validate | Reader, candidate: string): Script {
  const [name, call] =
    'program' in by
      ? [by.program, sh`sh -c ${textOf(by)} ${[by.program, candidate, path]}`]
      : [by[0] ?? '', validateWords(by, candidate)]
  return sh`${call} </dev/null || { echo ${`${path}: ${name} refused the new content; the file is as it was`} >&2; exit 1; }`
}

/** systemd checks the file as a unit, but must not remove a drop-in's directory, which this file does not own. */
const textOf = ({ program }: Reader): string =>
  (program === 'systemd' ? join([understoodFunction, sh`unit_dir=$trial`, script]) : script).text

function validateWords(validate: Validate, candidate: string): Script {
  const words = validate.some((w) => w.includes('%s'))
    ? validate.map((w) => w.replaceAll('%s', () => candidate))
    : [...validate, candidate]
  return sh`${words}`
}
