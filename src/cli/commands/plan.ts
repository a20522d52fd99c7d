import { dirname, resolve } from 'node:path'
import type { RunResult } from '../../engine/events.ts'
import { whyUnwritten } from '../../lib/message.ts'
import { lookOf } from '../../report/terminal/look.ts'
import { clean } from '../../report/terminal/text.ts'
import { quote } from '../../shell/script.ts'
import { defineCommand, EXIT } from '../command.ts'
import type { Io } from '../io.ts'
import { retype } from '../kit/retype.ts'
import { CAREFUL, CHECK, CLUSTER, COLOR, DETAIL, FORKS, HOSTS, JSON_LINES, LOGIN } from '../options.ts'
import { UsageError } from '../usage-error.ts'

/** `provision plan`: shows what `apply` would do. */
export const plan = defineCommand({
  name: 'plan',
  elsewhere: ['diff', 'check', 'preview', 'dry-run', 'noop'],
  summary: 'show what apply would change, and change nothing',
  usage: 'plan [flags]',
  options: [
    ...HOSTS,
    CHECK,
    { name: 'out', short: 'o', value: 'FILE', group: 'What happens', says: 'keep the plan, for apply --plan' },
    ...CAREFUL,
    FORKS,
    ...LOGIN,
    ...DETAIL,
    { name: 'script', group: 'What is shown', says: 'print the probes and the sh that would run, secrets hidden' },
    JSON_LINES,
    COLOR,
  ],
  examples: [
    ['provision plan --diff', 'with the content of new files'],
    ['provision plan --out reviewed.plan', 'keep it, to be applied as it stands'],
    ['provision plan --script --host zk-1', 'what is asked of the host, and the sh that would run'],
  ],
  exits: [
    ['0', 'all hosts are in sync'],
    ['1', 'a host failed, was blocked by another run, or refused a change'],
    ['2', 'there are changes to make'],
    EXIT.mistake,
    EXIT.unreachable,
  ],
  async run({ flags }, io) {
    const { runHosts } = await import('../kit/run-hosts.ts')
    if (flags.out !== undefined) await checkPlace(flags.out, io)
    const script = flags.script ?? false
    const result = await runHosts('plan', flags, io, { script })
    if (script && !flags.json) printScripts(result, io)
    if (flags.out !== undefined) await keep(result, flags.out, retype([...CLUSTER, ...LOGIN], flags), io)
    return result.exitCode
  },
})

/** Prints the sh that reads each host's state, and the sh that would change it, under comments with the host's name. */
function printScripts({ hosts }: RunResult, io: Io): void {
  const look = lookOf(io.stdout, io.env)
  const print = (host: string, what: string, script: string | undefined): void => {
    if (script === undefined) return
    const lines = script.split('\n').map((line) => clean(line, { unicode: true }))
    io.stdout.write(`# ${clean(host, look)}: ${what}\n${lines.join('\n')}\n\n`)
  }
  for (const { host, probes, script } of hosts) {
    print(host, 'what is asked', probes)
    print(host, 'what would run', script)
  }
}

const unwritable = (path: string, error: unknown): UsageError =>
  new UsageError(`the plan cannot be written to ${path}: ${whyUnwritten(error)}`)

/** Checks before the run that the plan can be written. */
async function checkPlace(path: string, io: Io): Promise<void> {
  const { access, constants, stat } = await import('node:fs/promises')
  const file = resolve(io.cwd, path)
  const there = await stat(file).catch(() => undefined)
  if (there?.isDirectory()) throw new UsageError(`the plan cannot be written to ${path}: it is a directory`)
  await access(there === undefined ? dirname(file) : file, constants.W_OK).catch((error) => {
    throw unwritable(path, error)
  })
}

/** Writes a plan for `apply --plan`. It contains no secrets, but describes hosts, so only its owner may read it. */
async function keep({ planFile }: RunResult, path: string, flags: string, io: Io): Promise<void> {
  const { writeWhole } = await import('../../lib/kept/write-whole.ts')
  await writeWhole(resolve(io.cwd, path), `${JSON.stringify(planFile, undefined, 2)}\n`).catch((error) => {
    throw unwritable(path, error)
  })
  const use = `To apply exactly this: provision apply${flags} --plan ${quote(path)}`
  const isEmpty = Object.keys(planFile?.hosts ?? {}).length === 0
  io.stderr.write(
    `Kept in ${path}${isEmpty ? ', but it has no host: none could be planned' : ''}. ${isEmpty ? '' : use}\n`,
  )
}
