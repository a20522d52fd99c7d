import type { Io } from '../../io.ts'
import { UsageError } from '../../usage-error.ts'
import { confirm } from '../confirm.ts'
import { type CloudFlags, type CloudWork, onCloud } from './ground.ts'

/** The exit code of `--check` if there is something to do. */
const SOMETHING = 2

/**
 * Looks first, and asks before it changes anything; `--check` only looks, `--yes` does not ask. Returns the exit code.
 */
export async function asking(
  flags: CloudFlags & { readonly yes?: boolean | undefined },
  io: Io,
  command: string,
  verb: string,
  work: (dry: boolean) => CloudWork,
): Promise<number> {
  const { check = false, yes = false } = flags
  if (check || yes) return onCloud(flags, io, work(check))
  if (flags.json || !(io.stdin ?? process.stdin).isTTY)
    throw new UsageError(`${command} asks first, and nobody can answer here: provision ${command} --yes, or -C to look`)
  const found = await onCloud(flags, io, work(true))
  if (found !== SOMETHING) return found
  if (await confirm(`${verb} them?`, io)) return onCloud(flags, io, work(false))
  io.stderr.write('Nothing was done.\n')
  return 1
}
