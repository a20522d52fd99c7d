import { FLAGS, type Flag } from './parse.ts'

/** How a flag is written, by its kind. */
function form({ name, kind }: Flag): string {
  if (kind === 'toggle') return `--${name} | --disable_${name}`
  return kind === 'flag' ? `--${name}` : `--${name}  <arg>`
}

/** What --help prints; its first line says what this is. */
export const help = (): string =>
  [
    'marathon stand-in: answers and refuses as Marathon 1.11.26 does, for tests. It is not Marathon.',
    '',
    ...FLAGS.map((flag) => {
      const { kind, preset } = flag
      return `  ${form(flag)}${preset === undefined || kind === 'flag' ? '' : `  (default = ${preset})`}`
    }),
    '',
    'Each flag can also be given as MARATHON_<FLAG> in the environment.',
  ].join('\n')
