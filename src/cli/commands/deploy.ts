import { resolve } from 'node:path'
import { type DeployApp, type DeployVersion, deploy, loadApp } from '../../deploy/deploy.ts'
import type { CommandModule } from '../commands.ts'
import type { Io } from '../io.ts'
import { rollOut } from '../kit/roll-out.ts'
import type { Args } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

/** What is to be deployed, from the words and flags. @throws UsageError, AppFileError */
async function wanted({ flags, words: [word] }: Args, io: Io): Promise<DeployApp | DeployVersion> {
  if (flags.to !== undefined) {
    if (word === undefined) throw new UsageError(`deploy --to wants an app: provision deploy --to ${flags.to} /my-app`)
    if (flags.image !== undefined) throw new UsageError('deploy --to takes no --image: the version names its own')
    return { id: word, to: flags.to }
  }
  if (word === undefined)
    throw new UsageError('deploy wants a file: provision deploy app.json; for an older version: provision deploy --to VERSION APP')
  return { app: await loadApp(word, io.cwd), ...(flags.image === undefined ? {} : { image: resolve(io.cwd, flags.image) }) }
}

/** `provision deploy`: brings a version of an app in, or takes it back. */
export const run: CommandModule['run'] = async (args, io) => {
  if (args.flags.prestop) {
    const { PRESTOP_SH } = await import('../../deploy/app/prestop.ts')
    io.stdout.write(PRESTOP_SH)
    return 0
  }
  const what = await wanted(args, io)
  return rollOut(args.flags, io, (cluster, options) => deploy(cluster, what, options))
}
