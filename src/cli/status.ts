import { cleaner, secretsIn } from '../engine/clean.ts'
import { healthOf } from '../engine/health.ts'
import { netOf } from '../engine/net.ts'
import type { Health, Recipe } from '../engine/recipe.ts'
import type { InventoryHost } from '../inventory/cluster.ts'
import { recipesOf } from '../inventory/recipes.ts'
import { jsonLine, lookOf } from '../report/index.ts'
import type { CommandModule } from './commands.ts'
import { onEach } from './each.ts'
import { connected } from './setup.ts'
import { rows } from './table.ts'

/** How one component on one host is. */
interface State extends Health {
  readonly host: string
  readonly component: string
}

/** `provision status`: how every component on the selected hosts is, asked through each host's own sshd. */
export const run: CommandModule['run'] = async ({ flags }, io) => {
  const { cluster, hosts, transport, forks } = await connected(flags, io)
  const watched = (host: InventoryHost): readonly Recipe[] => recipesOf(host, cluster.roles).filter((recipe) => recipe.health)
  const answers = await onEach(hosts, transport, forks, (host, connection) => {
    const clean = cleaner(secretsIn(host.vars))
    const net = netOf(async () => connection)
    return Promise.all(
      watched(host).map(
        async (recipe): Promise<State> => ({
          host: host.name,
          component: recipe.name,
          ...(await healthOf(recipe, host, cluster, net, clean)),
        }),
      ),
    )
  })
  const states = answers.flatMap((answer): State[] =>
    'value' in answer
      ? answer.value
      : [{ host: answer.host.name, component: '-', green: false, says: `unreachable: ${answer.unreachable}` }],
  )
  const silent = answers.filter((answer) => 'value' in answer && answer.value.length === 0).map((answer) => answer.host.name)

  if (flags.json) for (const state of states) io.stdout.write(`${jsonLine(state)}\n`)
  else {
    const look = lookOf(io.stdout, io.env, flags.color)
    const cells = states.map(({ host, component, green, says }) => [
      host,
      component,
      green ? says : component === '-' ? says : `RED  ${says}`,
    ])
    const lines =
      states.length > 0 ? rows(['host', 'component', 'state'], cells, look, (row) => (states[row]?.green ? undefined : 'red')) : []
    for (const line of lines) io.stdout.write(`${line}\n`)
    if (silent.length > 0) io.stderr.write(`${silent.join(', ')}: no component there tells its health\n`)
  }
  if (states.some(({ component, green }) => component !== '-' && !green)) return 1
  return answers.some((answer) => 'unreachable' in answer) ? 4 : 0
}
