import type { Cluster, Mistake } from '../../src/index.ts'
import { addressMistakes } from '../common/facts.ts'
import { pathOf, runs, varsOf } from '../common/host.ts'
import type { Attributes } from './attributes.ts'

/** Variables that all Marathons of a cluster must share. */
const SHARED = ['zkPath', 'frameworkName', 'mesosPrincipal'] as const

/** Marathons without ZooKeeper or Docker, an incomplete login, two versions or sources at once. */
export function check(cluster: Cluster): readonly Mistake[] {
  const hosts = cluster.withRecipe('marathon')
  const [first] = hosts
  if (first === undefined) return []
  const mistakes: Mistake[] = [...addressMistakes(cluster, 'marathon', 'Marathon')]
  if (cluster.withRecipe('zookeeper').length === 0)
    mistakes.push({
      path: 'hosts',
      message:
        'Marathon needs ZooKeeper, and no host runs the recipe zookeeper: give one or three hosts the role zookeeper',
    })
  const of = (host: (typeof hosts)[number]) => varsOf<Partial<Attributes>>(host, 'marathon')
  for (const host of hosts) {
    const vars = of(host)
    const { source } = vars
    if (source !== undefined && 'image' in source && !runs(cluster, host, 'docker'))
      mistakes.push({
        path: pathOf(host, 'marathon', 'source.image'),
        message: 'this host does not run the recipe docker: an image cannot be run there',
      })
    if ((vars.mesosPrincipal === undefined) !== (vars.mesosSecret === undefined))
      mistakes.push({
        path: pathOf(host, 'marathon', 'mesosPrincipal'),
        message: 'goes with mesosSecret: give both or none',
      })
    for (const name of SHARED)
      if (vars[name] !== of(first)[name])
        mistakes.push({
          path: pathOf(host, 'marathon', name),
          message: `is ${vars[name] ?? 'not given'}, and ${first.name} has ${of(first)[name] ?? 'none'}: all Marathons share one`,
        })
    const [own, other] = [versionOf(source), versionOf(of(first).source)]
    if (own !== other)
      mistakes.push({
        path: pathOf(host, 'marathon', 'source'),
        message: `is of version ${own}, and ${first.name} has ${other}: all Marathons have one version`,
      })
  }
  return mistakes
}

/** The version in a source's name. */
export function versionOf(source: Attributes['source'] | undefined): string | undefined {
  if (source === undefined) return undefined
  return 'image' in source ? source.image.version : source.version
}
