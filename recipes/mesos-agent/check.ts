import type { Cluster, InventoryHost, Mistake } from '../../src/index.ts'
import { addressMistakes } from '../common/facts.ts'
import { pathOf, runs, varsOf } from '../common/host.ts'
import { seconds } from '../mesos/flags.ts'
import type { Attributes } from './attributes.ts'

/** Agents without masters, or without the container runtimes of their tasks; two timeouts that do not fit together. */
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
        message: 'contains docker, but this host does not run the recipe docker: the agent would not start',
      })
    mistakes.push(...resourceMistakes(host))
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

/** Resources of a type that Mesos does not accept, and invalid ranges. */
function resourceMistakes(host: InventoryHost): readonly Mistake[] {
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
    const of = name === 'ports' ? ' of ports: from 1 to 65535' : ''
    return wrong < 0 ? [] : [{ path, message: `${value[wrong]} is not a range${of}, the lower end first` }]
  })
}
