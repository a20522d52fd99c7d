import type { ComponentState, HostStatus } from '../../engine/status.ts'
import { wholeSeconds } from '../../lib/units.ts'
import { lookOf } from '../../report/terminal/look.ts'
import type { Transport } from '../../transport/transport.ts'
import { defineCommand, EXIT } from '../command.ts'
import type { Io } from '../io.ts'
import type { Chosen } from '../kit/chosen-hosts.ts'
import { COLOR, FORKS, HOSTS, type HostFlags, JSON_LINES, LOGIN } from '../options.ts'

const HEADING = ['host', 'component', 'since', 'state']

/**
 * `provision status`: prints the health of every component on the selected hosts, as seen through each host's own sshd.
 */
export const status = defineCommand({
  name: 'status',
  elsewhere: ['health', 'ps'],
  summary: 'check the health of every component',
  usage: 'status [flags]',
  description:
    'Each component is queried from its own host, through its sshd, so no other port has to be open. Hosts behind load balancers of a cloud are shown as the balancers see them.',
  options: [...HOSTS, FORKS, ...LOGIN, JSON_LINES, COLOR],
  examples: [
    ['provision status', 'every component of every host'],
    ['provision status --role zookeeper', 'the components of one role'],
  ],
  exits: [
    ['0', 'every component is healthy'],
    ['1', 'a component is red, or no healthy target of its balancer'],
    EXIT.mistake,
    EXIT.unreachable,
  ],
  async run({ flags }, io) {
    const [{ connected }, engine, { rows }, { jsonLine }] = await Promise.all([
      import('../kit/chosen-hosts.ts'),
      import('../../engine/status.ts'),
      import('../kit/table.ts'),
      import('../../report/json.ts'),
    ])
    const choice = await connected(flags, io)
    const { cluster, hosts, transport, forks } = choice
    const [answers, targets, hints] = await Promise.all([
      engine.status(cluster, { transport, hosts, forks }),
      askBalancers(choice, flags, io),
      askSpread(choice),
    ])
    const found = answers.flatMap((answer) => [...statesOf(answer), ...ofHost([...targets, ...hints], answer.host)])
    if (flags.json) for (const { state } of found) io.stdout.write(`${jsonLine(state)}\n`)
    else {
      const look = lookOf(io.stdout, io.env, flags.color)
      const colour = (row: number) => (found[row]?.state.green ? undefined : 'red')
      const lines = found.length > 0 ? rows(HEADING, found.map(cells), look, colour) : []
      for (const line of lines) io.stdout.write(`${line}\n`)
      const silent = answers.filter((answer) => 'components' in answer && answer.components.length === 0)
      if (silent.length > 0)
        io.stderr.write(`${silent.map(({ host }) => host).join(', ')}: no recipe of this host can tell its health\n`)
    }
    if (found.some(({ reached, state }) => reached && !state.green)) return 1
    return found.some(({ reached }) => !reached) ? 4 : 0
  },
})

/** How balancers see the hosts behind them. Loads the cloud only if there are balancers. */
async function askBalancers(choice: Chosen, flags: HostFlags, io: Io): Promise<readonly ComponentState[]> {
  if (choice.hosts.every(({ cloud }) => (cloud?.balancers.length ?? 0) === 0)) return []
  return (await import('../kit/cloud/target-states.ts')).targetStates(choice, flags, io)
}

/**
 * What `provision balance` would improve. Only checked if Marathon is among the components; it never makes anything
 * red.
 */
async function askSpread({
  cluster,
  hosts,
  transport,
}: Chosen & { transport: Transport }): Promise<readonly ComponentState[]> {
  const marathons = new Set(cluster.withRecipe('marathon').map(({ name }) => name))
  if (cluster.withRecipe('mesos-agent').length < 2 || !hosts.some(({ name }) => marathons.has(name))) return []
  const { togetherOn } = await import('../../deploy/on-cluster.ts')
  return (await togetherOn(cluster, transport)).map(({ app, host, tasks }) => ({
    host,
    component: 'balance',
    green: true,
    says: `${tasks === 2 ? 'both' : `all ${tasks}`} tasks of ${app} are here, and other slaves have room: provision balance ${app}`,
  }))
}

const ofHost = (states: readonly ComponentState[], host: string): readonly Found[] =>
  states.filter((state) => state.host === host).map((state) => ({ state, reached: true }))

interface Found {
  readonly state: ComponentState
  readonly reached: boolean
}

/** A host's components; for an unreachable host, a single line that says so. */
const statesOf = (answer: HostStatus): readonly Found[] =>
  'components' in answer
    ? answer.components.map((state) => ({ state, reached: true }))
    : [
        {
          state: { host: answer.host, component: '-', green: false, says: `unreachable: ${answer.unreachable}` },
          reached: false,
        },
      ]

function cells({ state: { host, component, green, says, since }, reached }: Found): readonly string[] {
  return [host, component, green ? coarse(since) : '', reached && !green ? `RED  ${says}` : says]
}

/** A duration for a table: only its largest unit, which is precise enough for a status. */
function coarse(seconds: number | undefined): string {
  if (seconds === undefined) return ''
  if (seconds < 120) return wholeSeconds(seconds * 1000)
  if (seconds < 7200) return `${Math.floor(seconds / 60)} m`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}
