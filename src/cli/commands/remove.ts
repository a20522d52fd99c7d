import { defineCommand } from '../command.ts'
import { CAREFUL, CLUSTER, COLOR, DEADLINE, JSON_LINES, LOGIN, look, YES } from '../options.ts'
import { UsageError } from '../usage-error.ts'

/** `provision remove`: removes an app from the cluster. */
export const remove = defineCommand({
  name: 'remove',
  summary: 'remove an app: from Marathon, Consul and every HAProxy',
  usage: 'remove [flags] APP',
  description:
    'Shows what would go, and asks. Then Marathon ends the tasks and forgets the app, and the command waits until its registrations in Consul and its backend in every HAProxy are gone. An app that another one depends on, or that a variable names, is refused. Marathon keeps no old versions of a removed app: keep its file.',
  words: 1,
  options: [
    ...CLUSTER,
    look('show what would be removed, and remove nothing'),
    YES,
    ...CAREFUL,
    DEADLINE,
    ...LOGIN,
    JSON_LINES,
    COLOR,
  ],
  examples: [
    ['provision remove /rails-app', 'ask, then remove the app'],
    ['provision remove -C /rails-app', 'show what would be removed'],
  ],
  exits: [
    ['0', 'the app is gone, or there was none'],
    ['1', 'the removal failed, was refused, or was answered with no'],
    ['2', '--check: there is an app to remove'],
    ['3', 'there is a mistake in the command line, the inventory or a recipe'],
    ['4', 'Marathon or a host that is needed could not be reached'],
  ],
  async run({ flags, words: [app] }, io) {
    if (app === undefined) throw new UsageError('remove needs an app: provision remove /my-app')
    const { yes = false, check = false } = flags
    const isAsked = !check && !yes
    if (isAsked && (flags.json || !(io.stdin ?? process.stdin).isTTY))
      throw new UsageError(`remove asks first, and nobody can answer here: provision remove --yes ${app}`)
    const [{ rollOut }, rooms, { confirm }] = await Promise.all([
      import('../kit/roll-out.ts'),
      import('../../deploy/deploy.ts'),
      import('../kit/confirm.ts'),
    ])
    const run = (look: boolean) =>
      rollOut(flags, io, (cluster, options) => rooms.remove(cluster, app, { ...options, check: look }))
    if (!isAsked) return run(check)
    const found = await run(true)
    if (found !== PRESENT) return found
    if (await confirm(`Remove ${app}?`, io)) return run(false)
    io.stderr.write('Nothing was removed.\n')
    return 1
  },
})

/** The exit code of `--check` if the app exists. */
const PRESENT = 2
