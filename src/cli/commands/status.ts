import type { ComponentState } from '../../engine/status.ts'
import { status } from '../../engine/status.ts'
import { jsonLine, lookOf, wholeSeconds } from '../../report/index.ts'
import type { CommandModule } from '../commands.ts'
import { connected } from '../kit/chosen-hosts.ts'
import { rows } from '../kit/table.ts'

/** Time for a table: only its largest unit, since a status is looked at, not measured. */
const coarse = (seconds: number | undefined): string => {
  if (seconds === undefined) return ''
  if (seconds < 120) return wholeSeconds(seconds * 1000)
  if (seconds < 7200) return `${Math.floor(seconds / 60)} m`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`
}

/** `provision status`: how every component on the selected hosts is, asked through each host's own sshd. */
export const run: CommandModule['run'] = async ({ flags }, io) => {
  const { cluster, hosts, transport, forks } = await connected(flags, io)
  const answers = await status(cluster, { transport, hosts, forks })
  const states = answers.flatMap((answer): readonly ComponentState[] =>
    'components' in answer
      ? answer.components
      : [{ host: answer.host, component: '-', green: false, says: `unreachable: ${answer.unreachable}` }],
  )
  const silent = answers.filter((answer) => 'components' in answer && answer.components.length === 0).map(({ host }) => host)

  if (flags.json) for (const state of states) io.stdout.write(`${jsonLine(state)}\n`)
  else {
    const look = lookOf(io.stdout, io.env, flags.color)
    const cells = states.map(({ host, component, green, says, since }) => [
      host,
      component,
      green ? coarse(since) : '',
      green || component === '-' ? says : `RED  ${says}`,
    ])
    const heading = ['host', 'component', 'since', 'state']
    const lines = states.length > 0 ? rows(heading, cells, look, (row) => (states[row]?.green ? undefined : 'red')) : []
    for (const line of lines) io.stdout.write(`${line}\n`)
    if (silent.length > 0) io.stderr.write(`${silent.join(', ')}: no component there tells its health\n`)
  }
  if (states.some(({ component, green }) => component !== '-' && !green)) return 1
  return answers.some((answer) => 'unreachable' in answer) ? 4 : 0
}
