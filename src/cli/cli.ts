import { commands } from './commands.ts'
import { explain } from './explain.ts'
import type { Io } from './io.ts'

const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h' || word === 'help'

/** The whole program but for the process: runs a command line and gives its exit code. Prints what goes wrong; does not throw. */
export async function cli(argv: readonly string[], io: Io): Promise<number> {
  try {
    if (argv[0] === '--get-yargs-completions') return await (await import('./commands/completion.ts')).complete(argv.slice(2), io)
    // The help is printed without loading a parser: it is asked for while typing.
    const asked = isHelp(argv[0])
      ? commands.find((c) => c.name === argv[1])
      : isHelp(argv[1])
        ? commands.find((c) => c.name === argv[0] && !c.raw)
        : undefined
    if (isHelp(argv[0]) || asked) return await showHelp(asked?.name, io)
    const { parse } = await import('./parse.ts')
    const args = parse(argv)
    if (args.help) return await showHelp(args.command, io)
    const command = commands.find((c) => c.name === args.command)
    return await (await (command as (typeof commands)[number]).load()).run(args, io)
  } catch (error) {
    const { text, code } = explain(error, io)
    io.stderr.write(text)
    return code
  }
}

async function showHelp(name: string | undefined, io: Io): Promise<number> {
  const [{ help }, { lookOf }] = await Promise.all([import('./help.ts'), import('../report/terminal/look.ts')])
  const look = lookOf(io.stdout, io.env)
  const lines = help(
    commands.find((c) => c.name === name),
    { ...look, columns: Math.min(look.columns, 100) },
  )
  io.stdout.write(`${lines.join('\n')}\n`)
  return 0
}
