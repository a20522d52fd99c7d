import { lookOf } from '../report/terminal/look.ts'
import { COMPLETE, offers, shellOf } from './commands/completion.ts'
import { commands } from './commands.ts'
import { explain } from './explain.ts'
import { help } from './help.ts'
import type { Io } from './io.ts'
import { parse } from './parse.ts'

/**
 * The whole program except for the process: runs a command line and returns its exit code. It prints errors instead of
 * throwing them.
 */
export async function cli(argv: readonly string[], io: Io): Promise<number> {
  try {
    if (argv[0] === COMPLETE) {
      const offered = await offers(argv.slice(2), commands, shellOf(io.env.SHELL))
      io.stdout.write(offered.map((offer) => `${offer}\n`).join(''))
      return 0
    }
    const asked = parse(argv)
    if (!asked.help) return await asked.command.run(asked, io, commands)
    const look = lookOf(io.stdout, io.env)
    const text = help(asked.command, commands, { ...look, columns: Math.min(look.columns, 100) }).join('\n')
    io.stdout.write(`${look.unicode ? text : text.replaceAll('…', '...')}\n`)
    return 0
  } catch (error) {
    const { text, code } = explain(error, io)
    io.stderr.write(text)
    return code
  }
}
