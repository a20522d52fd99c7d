import {
  type Cluster,
  defineRecipe,
  directory,
  type Host,
  type Mistake,
  pkg,
  type Refusal,
  type Resource,
  service,
} from '../src/index.ts'
import { pathOf, runs, varsOf } from './common/host.ts'
import { type Attributes, attributes } from './mesos/attributes.ts'
import { mesosPackage, releaseOf, repository } from './mesos/package.ts'
import { zkFile } from './mesos/zookeeper.ts'

/** Releases for which ClusterD publishes packages. */
const PUBLISHED = ['bullseye', 'bookworm', 'jammy', 'noble']

/** An old package enables both daemons wherever it is installed: mask the unwanted one first. */
const unwanted = (host: Host, cluster: Cluster): readonly Resource[] => [
  ...(runs(cluster, host, 'mesos-master') ? [] : [service('mesos-master', { masked: true })]),
  ...(runs(cluster, host, 'mesos-agent') ? [] : [service('mesos-slave', { masked: true })]),
]

function resources(host: Host, cluster: Cluster, attrs: Attributes): readonly Resource[] {
  return [
    directory('/etc/mesos', {}),
    zkFile(cluster, attrs),
    ...(releaseOf(attrs).flavour === 'mesosphere' ? unwanted(host, cluster) : []),
    ...repository(host, attrs),
    ...attrs.packages.map((name) => pkg(name, {})),
    mesosPackage(attrs),
    directory('/var/lib/mesos', {}),
    directory(attrs.logDir, {}),
  ]
}

/**
 * Mistakes that only the whole inventory shows: no ZooKeeper, an incomplete login, two paths that would make two
 * clusters.
 */
function check(cluster: Cluster): readonly Mistake[] {
  const hosts = cluster.withRecipe('mesos')
  const [first] = hosts
  if (first === undefined) return []
  const mistakes: Mistake[] = []
  if (cluster.withRecipe('zookeeper').length === 0)
    mistakes.push({
      path: 'hosts',
      message:
        'Mesos needs ZooKeeper, and no host runs the recipe zookeeper: give one or three hosts the role zookeeper',
    })
  const all = hosts.map((host) => ({ host, vars: varsOf<Partial<Attributes>>(host, 'mesos') }))
  for (const { host, vars } of all) {
    if ((vars.zkUser === undefined) !== (vars.zkPassword === undefined))
      mistakes.push({ path: pathOf(host, 'mesos', 'zkUser'), message: 'goes with zkPassword: give both or none' })
  }
  const path = all[0]?.vars.zkPath
  for (const { host, vars } of all)
    if (vars.zkPath !== path)
      mistakes.push({
        path: pathOf(host, 'mesos', 'zkPath'),
        message: `is ${vars.zkPath}, and ${first.name} has ${path}: two paths are two clusters that know nothing of each other`,
      })
  return mistakes
}

/** The only cgroup version that a release of Mesos supports; `undefined`: it supports both. */
function onlyCgroup({ flavour, version = '' }: ReturnType<typeof releaseOf>): 1 | 2 | undefined {
  if (flavour === 'mesosphere') return 1
  const build = Number(/^1\.11\.0-0\.(\d+)\./.exec(version)?.[1] ?? Number.NaN)
  return build >= 6 && build <= 9 ? 2 : undefined
}

/** Refuses hosts that the package does not fit. */
function refuse({ facts }: Host, attrs: Attributes): readonly Refusal[] {
  const { source } = attrs
  const release = releaseOf(attrs)
  const { flavour, version } = release
  const what = `${facts.os} ${facts.release} (${facts.codename})`
  const refusals: Refusal[] = []
  if ('apt' in source && source.apt.uri === undefined && !PUBLISHED.includes(facts.codename))
    refusals.push({
      refusal: 'mesos-package',
      reason: `ClusterD publishes no package for ${what}.`,
      remedy: `Use ${PUBLISHED.join(', ')}, or give a .deb that was built for it (vars.mesos.source.deb).`,
      changes: [],
    })
  const wanted = onlyCgroup(release)
  if (wanted !== undefined && facts.cgroup !== wanted)
    refusals.push({
      refusal: 'mesos-cgroup',
      reason: `${flavour === 'mesosphere' ? "Mesosphere's packages know" : `ClusterD ${version} knows`} cgroup v${wanted} only, and this host has v${facts.cgroup}.`,
      remedy:
        wanted === 1
          ? 'Boot it with systemd.unified_cgroup_hierarchy=0, or use ClusterD.'
          : 'Use a release that boots with cgroup v2 (Debian 12, Ubuntu 24.04), or ClusterD 0.10.',
      changes: [],
    })
  return refusals
}

/** The common part of Mesos' masters and agents: the package, ZooKeeper's address, directories. */
export const mesos = defineRecipe({
  name: 'mesos',
  attributes,
  resources,
  check,
  refuse: (host) => refuse(host, varsOf(host, 'mesos')),
})
