import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cli } from './cli.ts'
import { explain } from './explain.ts'
import { watchStray } from './stray.ts'
import { UsageError } from './usage-error.ts'

/** Resolves when all output has been written, or its reader is gone. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()))

/**
 * Handles errors of an output stream: a reader that is gone (`provision plan | head`) is no reason to leave hosts half
 * done; further output is discarded.
 */
function watchOutput(stream: NodeJS.WriteStream, name: string, errors: Map<string, unknown>): void {
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    const why = code === 'ENOSPC' ? 'the device is full' : message
    if (code !== 'EPIPE') errors.set(name, new UsageError(`${name} cannot be written: ${why}`))
  })
}

/** The working directory; undefined if somebody has removed it. */
function folder(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}

/**
 * The program in its process: runs a command line with the process's own streams and then exits, whatever a recipe or
 * an agent has left open.
 * @param connected called before hosts are contacted
 * @param before called before the process exits
 */
export async function program(
  argv: readonly string[],
  connected: () => void = () => {},
  before: () => Promise<void> = async () => {},
): Promise<never> {
  const { stdout, stderr, env } = process
  const cwd = folder()
  if (cwd === undefined) {
    const { text, code } = explain(new UsageError('the working directory has been removed: cd to one that exists'), {
      env,
    })
    writeSync(2, text)
    process.exit(code)
  }
  const unwritten = new Map<string, unknown>()
  watchOutput(stdout, 'standard output', unwritten)
  watchOutput(stderr, 'standard error', unwritten)
  const stray = watchStray()
  const unending = (): void => {
    writeSync(
      2,
      'provision has nothing left to wait for and is not done: a recipe awaits what does not come, or this is a bug in provision.\n',
    )
    process.exitCode = 70
  }
  process.once('exit', unending)
  let code = 0
  if (argv[0] === '--version' || argv[0] === '-V') {
    const { version }: { version: string } = createRequire(import.meta.url)('provision-ssh/package.json')
    stdout.write(`${version}\n`)
  } else code = await cli(argv, { stdout, stderr, env, cwd, connected, stop: stray.signal })
  await Promise.all([stdout, stderr].map(flushed))
  await before()
  // Node reports unhandled rejections only after everything else
  await new Promise((resolve) => setImmediate(resolve))
  await Promise.all([stdout, stderr].map(flushed))
  for (const error of [...new Set([...stray.errors, ...unwritten.values()])]) {
    const explained = explain(error, { env })
    code = Math.max(explained.code, code === 70 ? code : 0)
    stderr.write(explained.text)
  }
  await flushed(stderr)
  process.off('exit', unending)
  return stray.exit(code)
}
