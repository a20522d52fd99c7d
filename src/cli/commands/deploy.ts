import { resolve } from 'node:path'
import type { DeployApp, DeployVersion } from '../../deploy/deploy.ts'
import { type Args, defineCommand } from '../command.ts'
import type { Io } from '../io.ts'
import { CAREFUL, CLUSTER, COLOR, DEADLINE, type FlagsOf, JSON_LINES, LOGIN } from '../options.ts'
import { UsageError } from '../usage-error.ts'

const OPTIONS = [
  ...CLUSTER,
  { name: 'to', value: 'VERSION', group: 'What happens', says: 'deploy an older version instead of a file' },
  { name: 'image', value: 'FILE', group: 'What happens', says: 'load the image from this docker save file' },
  {
    name: 'replaces',
    value: 'APP',
    group: 'What happens',
    says: 'take the place of this app, and remove it once the new one is live',
  },
  ...CAREFUL,
  DEADLINE,
  {
    name: 'failures',
    value: 'N',
    most: 99_999,
    group: 'What happens',
    says: 'give up when N new tasks have died; default 3',
  },
  { name: 'prestop', group: 'What happens', command: 'prestop', old: true, says: 'the command prestop' },
  ...LOGIN,
  JSON_LINES,
  COLOR,
] as const

/** `provision deploy`: makes a version of an app live, or rolls back to an older one. */
export const deploy = defineCommand({
  name: 'deploy',
  elsewhere: ['rollback', 'rollout'],
  summary: 'deploy a version of an app through Marathon, and roll it back if it fails',
  usage: 'deploy [flags] APP.json | deploy [flags] --to VERSION APP',
  description:
    'Checks the file first: an app that would hang or lose requests is not sent. Then it brings the image to the slaves, follows the deployment in Marathon, and checks every HAProxy at the end. A version that does not become healthy is taken out again with never fewer healthy tasks than before. ^C stops following; Marathon goes on by itself.',
  words: 1,
  options: OPTIONS,
  examples: [
    ['provision deploy app.json', 'deploy it; if it fails, the old version stays'],
    ['provision deploy --image app.tar app.json', 'with an image that is in no registry'],
    ['provision deploy --replaces /web shop.json', 'rename an app: /shop takes the place of /web'],
    ['provision deploy --to v12 /rails-app', 'go back to an older version'],
  ],
  exits: [
    ['0', 'the version is live'],
    ['1', 'the deployment failed or was refused'],
    ['3', 'there is a mistake in the command line, the inventory, a recipe or the app file'],
    ['4', 'Marathon or a host that is needed could not be reached'],
  ],
  async run(args, io) {
    const [{ rollOut }, rooms] = await Promise.all([import('../kit/roll-out.ts'), import('../../deploy/deploy.ts')])
    const what = await wanted(args, io, rooms)
    return rollOut(args.flags, io, (cluster, options) => rooms.deploy(cluster, what, options))
  },
})

/** What to deploy, according to the words and flags. @throws UsageError, AppFileError */
async function wanted(
  { flags, words: [word] }: Args<FlagsOf<typeof OPTIONS>>,
  io: Io,
  { loadApp }: typeof import('../../deploy/deploy.ts'),
): Promise<DeployApp | DeployVersion> {
  if (flags.to !== undefined) {
    if (word === undefined) throw new UsageError(`deploy --to needs an app: provision deploy --to ${flags.to} /my-app`)
    if (flags.image !== undefined) throw new UsageError('deploy --to takes no --image: the version names its own')
    if (flags.replaces !== undefined) throw new UsageError('deploy --to takes no --replaces: it needs an app file')
    return { id: word, to: flags.to }
  }
  if (word === undefined)
    throw new UsageError(
      'deploy needs a file: provision deploy app.json; for an older version: provision deploy --to VERSION APP',
    )
  return {
    app: await loadApp(word, io.cwd, flags.allow),
    ...(flags.image === undefined ? {} : { image: resolve(io.cwd, flags.image) }),
    ...(flags.replaces === undefined ? {} : { replaces: flags.replaces }),
  }
}
