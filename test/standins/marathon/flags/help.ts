import { FLAGS } from './parse.ts'

/** What --help prints; its first line says what this is. */
export const help = (): string =>
  [
    'marathon stand-in: answers and refuses as Marathon 1.11.26 does, for tests. It is not Marathon.',
    '',
    ...FLAGS.map(({ name, kind, preset }) => {
      const form =
        kind === 'toggle' ? `--${name} | --disable_${name}` : kind === 'flag' ? `--${name}` : `--${name}  <arg>`
      return `  ${form}${preset === undefined || kind === 'flag' ? '' : `  (default = ${preset})`}`
    }),
    '',
    'Each flag can also be given as MARATHON_<FLAG> in the environment.',
  ].join('\n')
