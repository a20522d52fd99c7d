import { type Cluster, type InventoryHost, type Mistake, PORTS } from '../../src/index.ts'
import { addressMistakes } from '../common/facts.ts'
import { pathOf, runs, varsOf } from '../common/host.ts'
import { seconds } from '../mesos/flags.ts'
import type { Attributes } from './attributes.ts'

/** Agents without masters, or without what their tasks run in; two patiences that do not fit together. */
export function check(cluster: Cluster): readonly Mistake[] {
  const hosts = cluster.withRecipe('mesos-agent')
  if (hosts.length === 0) return []
  const mistakes: Mistake[] = [...addressMistakes(cluster, 'mesos-agent', 'the agent')]
  if (cluster.withRecipe('mesos-master').length === 0)
    mistakes.push({
      path: 'hosts',
      message:
        'agents need masters, and no host runs the recipe mesos-master: give one or three hosts the role mesos-master',
    })
  const marathons = cluster
    .withRecipe('marathon')
    .map((host) => ({ host, launch: varsOf<{ taskLaunchTimeout?: number }>(host, 'marathon').taskLaunchTimeout }))
  for (const host of hosts) {
    const { containerizers, executorRegistrationTimeout: registration } = varsOf<Partial<Attributes>>(
      host,
      'mesos-agent',
    )
    if (containerizers?.includes('docker') && !runs(cluster, host, 'docker'))
      mistakes.push({
        path: pathOf(host, 'mesos-agent', 'containerizers'),
        message: 'holds docker, and this host does not run the recipe docker: the agent would not start',
      })
    mistakes.push(...resourceMistakes(cluster, host))
    const less = marathons.find(
      ({ launch }) => registration !== undefined && launch !== undefined && seconds(registration) * 1000 > launch,
    )
    if (less !== undefined)
      mistakes.push({
        path: pathOf(host, 'mesos-agent', 'executorRegistrationTimeout'),
        message: `is ${registration}, longer than ${pathOf(less.host, 'marathon', 'taskLaunchTimeout')}, ${less.launch} ms: Marathon would give up tasks whose image is still being pulled`,
      })
  }
  return mistakes
}

/** Ports of a slave that are not for tasks, by the recipe whose they are. */
const TAKEN: readonly (readonly [port: number, recipe: string])[] = [
  [PORTS.haproxy, 'haproxy'],
  [PORTS.zookeeper, 'zookeeper'],
  [2888, 'zookeeper'],
  [3888, 'zookeeper'],
  [PORTS.mesosMaster, 'mesos-master'],
  [PORTS.mesosAgent, 'mesos-agent'],
  [PORTS.marathon, 'marathon'],
  [8300, 'consul-server'],
  [8301, 'consul'],
  [PORTS.consul, 'consul'],
  [8600, 'consul'],
]

/** Resources of another kind than Mesos takes, ranges that are none, and ports that others on the host listen on. */
function resourceMistakes(cluster: Cluster, host: InventoryHost): readonly Mistake[] {
  const { resources = {} } = varsOf<Partial<Attributes>>(host, 'mesos-agent')
  return Object.entries(resources).flatMap(([name, value]): readonly Mistake[] => {
    const path = pathOf(host, 'mesos-agent', `resources.${name}`)
    if (['cpus', 'mem', 'disk', 'gpus'].includes(name))
      return Array.isArray(value) ? [{ path, message: 'is a number' }] : []
    if (!Array.isArray(value))
      return name === 'ports' ? [{ path, message: 'is a list of ranges: ["31000-32000"]' }] : []
    const ranges = value.map((range) => {
      const [from = Number.NaN, to = Number.NaN] = range.split('-').map(Number)
      return { from, to }
    })
    const wrong = ranges.findIndex(({ from, to }) => from > to || (name === 'ports' && (from < 1 || to > 65535)))
    if (wrong >= 0)
      return [
        {
          path,
          message: `${value[wrong]} is no range${name === 'ports' ? ' of ports: from 1 to 65535' : ''}, the lower end first`,
        },
      ]
    if (name !== 'ports') return []
    const all = [[22, 'sshd'] as const, ...TAKEN.filter(([, recipe]) => runs(cluster, host, recipe))]
    const taken = all.filter(([port]) => ranges.some(({ from, to }) => from <= port && port <= to))
    const list = taken.map(([port, whose]) => `${port} (${whose})`).join(', ')
    return taken.length === 0
      ? []
      : [{ path, message: `offers tasks ports that others on ${host.name} listen on: ${list}` }]
  })
}
