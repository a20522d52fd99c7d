import { setTimeout as sleep } from 'node:timers/promises'
import type { Health, Net, Recipe } from '../engine/recipe.ts'
import type { Cluster, InventoryHost } from '../inventory/cluster.ts'
import { recipesOf } from '../inventory/recipes.ts'
import { jsonLine, lookOf } from '../report/index.ts'
import type { CommandModule } from './commands.ts'
import { onEach } from './each.ts'
import { connected } from './setup.ts'
import { rows } from './table.ts'

/** Milliseconds that a component may take to answer. */
const DEADLINE = 10_000

/** How one component on one host is. */
interface State extends Health {
  readonly host: string
  readonly component: string
}

async function healthOf(recipe: Recipe, host: InventoryHost, cluster: Cluster, net: Net): Promise<Health> {
  const late = new AbortController()
  try {
    const silence = sleep(DEADLINE, { green: false, says: `does not answer within ${DEADLINE / 1000} s` }, { signal: late.signal })
    silence.catch(() => undefined)
    return await Promise.race([recipe.health?.(host, cluster, net) ?? { green: true, says: '' }, silence])
  } catch (error) {
    return { green: false, says: error instanceof Error ? error.message : String(error) }
  } finally {
    late.abort()
  }
}

/** `provision status`: how every component on the selected hosts is, asked through each host's own sshd. */
export const run: CommandModule['run'] = async ({ flags }, io) => {
  const { cluster, hosts, transport, forks } = await connected(flags, io)
  const watched = (host: InventoryHost): readonly Recipe[] => recipesOf(host, cluster.roles).filter((recipe) => recipe.health)
  const answers = await onEach(hosts, transport, forks, (host, connection) => {
    const net: Net = { dial: (address, port) => connection.dial(address, port) }
    return Promise.all(
      watched(host).map(
        async (recipe): Promise<State> => ({ host: host.name, component: recipe.name, ...(await healthOf(recipe, host, cluster, net)) }),
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
