import { createRequire } from 'node:module'
import { cli } from './cli.ts'

/** Resolves when what was written before has left the process, or there is nobody to take it. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> => new Promise((resolve) => stream.write('', () => resolve()))

async function run(argv: readonly string[], connected: () => void): Promise<number> {
  if (argv[0] === '--version' || argv[0] === '-V') {
    const { version } = createRequire(import.meta.url)('provision-ssh/package.json') as { version: string }
    process.stdout.write(`${version}\n`)
    return 0
  }
  return cli(argv, { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd(), connected })
}

/**
 * The program in its process: runs a command line, writes to the process's own streams and ends it, whatever a recipe or an agent has left open.
 * @param connected told when hosts are about to be reached
 * @param before the last thing that is done
 */
export async function program(argv: readonly string[], connected: () => void = () => {}, before: () => void = () => {}): Promise<never> {
  // A reader that has gone (`provision plan | head`) is no reason to leave hosts half done: what follows is written to nobody.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  const code = await run(argv, connected)
  before()
  await Promise.all([process.stdout, process.stderr].map(flushed))
  process.exit(code)
}
