import { STAND_IN, VERSION } from './build.ts'
import type { FlagTable } from './flag-table.ts'
import { FlagError, type Flags, loadFlags } from './flags.ts'

/** What `--help` prints: as a real one lists its flags, without their explanations. */
export function usage(program: string, table: FlagTable): string {
  const lines = [...table.values()].map(({ name, aliases, kind, default: given }) => {
    const forms = [name, ...aliases].map((n) => (kind === 'boolean' ? `--[no-]${n}` : `--${n}=VALUE`)).join(', ')
    return `  ${forms.padEnd(90)}${given === undefined ? '' : `(default: ${given})`}`.trimEnd()
  })
  return [STAND_IN(program), '', `Usage: ${program} [options]`, '', ...lines, ''].join('\n')
}

/**
 * Loads the flags of this process, or says why not and ends it: `--help` and `--version` with 0, flags that a real one
 * refuses with 1.
 */
export function flagsOrEnd(program: string, table: FlagTable, args: readonly string[]): Flags {
  if (args.includes('--help')) return end(0, usage(program, table))
  if (args.includes('--version')) return end(0, `mesos ${VERSION}\n`)
  try {
    return loadFlags(table, args, process.env)
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    process.stderr.write(
      `${STAND_IN(program)}\n${error.message}\n\nSee \`${program} --help\` for a list of supported flags.\n`,
    )
    return process.exit(1)
  }
}

function end(code: number, text: string): never {
  process.stdout.write(text)
  return process.exit(code)
}
