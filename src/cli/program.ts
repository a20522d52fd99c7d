import { createRequire } from 'node:module'
import { cli } from './cli.ts'

/**
 * The program in its process: runs a command line, writes to the process's own streams and sets its exit code.
 * @param connected told when hosts are about to be reached
 */
export async function program(argv: readonly string[], connected: () => void = () => {}): Promise<void> {
  if (argv[0] === '--version' || argv[0] === '-V') {
    const { version } = createRequire(import.meta.url)('provision-ssh/package.json') as { version: string }
    process.stdout.write(`${version}\n`)
    return
  }
  // A reader that has gone (`provision plan | head`) is no reason to leave hosts half done: what follows is written to nobody.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  process.exitCode = await cli(argv, { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd(), connected })
}
