import { consulServer } from '../../../recipes/consul-server.ts'
import { mesosMaster } from '../../../recipes/mesos-master.ts'
import { zookeeper } from '../../../recipes/zookeeper.ts'
import { type Stage, wayOf } from '../../../src/engine/roll/way.ts'
import type { Cluster, InventoryHost, Step } from '../../../src/index.ts'
import { makeCluster } from '../../../src/index.ts'

export const ROLES = new Map([
  ['zk', { name: 'zk', recipes: [zookeeper], after: [] }],
  ['consul', { name: 'consul', recipes: [consulServer], after: [] }],
  ['master', { name: 'master', recipes: [zookeeper, consulServer, mesosMaster], after: [] }],
])

export const host = (n: number, role: string): InventoryHost => ({
  name: `m-${n}`,
  address: `10.0.0.${n}`,
  privateAddress: `10.0.0.${n}`,
  roles: [role],
  vars: { zookeeper: { id: n } },
  ssh: {} as InventoryHost['ssh'],
})

export const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1)
export const clusterOf = (n: number, role: string): Cluster =>
  makeCluster(
    upTo(n).map((i) => host(i, role)),
    ROLES,
  )

/** What a file on a host says, by the members that it names; undefined: it is not there. */
export type Named = readonly number[] | undefined

export const FILES: Readonly<Record<string, { readonly file: string; text(members: readonly number[]): string }>> = {
  zk: {
    file: '/etc/zookeeper/zoo.cfg',
    text: (members) => members.map((n) => `server.${n}=10.0.0.${n}:2888:3888\n`).join(''),
  },
  consul: {
    file: '/etc/consul.d/join.json',
    text: (members) =>
      JSON.stringify({ bootstrap_expect: members.length, retry_join: members.map((n) => `10.0.0.${n}`) }),
  },
}

/** The steps on a host whose file names these members, where `wanted` are. */
export function stepsFor(kind: string, named: Named, wanted: readonly number[]): readonly Step[] {
  const { file, text } = FILES[kind] as (typeof FILES)[string]
  const [before, after] = [named && text(named), text(wanted)]
  if (before === after) return []
  const contents = before === undefined ? { after } : { before, after }
  const action = before === undefined ? 'create' : 'update'
  return [{ resource: `file ${file}`, type: 'file', name: file, changes: [{ action }], contents }] as readonly Step[]
}

export const way = (kinds: readonly string[], files: readonly Named[], wanted: number, role = kinds[0] as string) => {
  const cluster = clusterOf(wanted, role)
  const steps = new Map(
    files.map((named, i) => [`m-${i + 1}`, kinds.flatMap((kind) => stepsFor(kind, named, upTo(wanted)))]),
  )
  return wayOf(cluster, cluster.hosts, steps)
}

/** The members of each stage, in digits: `12 123`. */
export const shown = (stages: readonly Stage[] | undefined, recipe: string): string =>
  (stages ?? [])
    .map(({ cluster }) =>
      cluster
        .withRecipe(recipe)
        .map(({ name }) => name.slice(2))
        .join(''),
    )
    .join(' ')

/** The first one, two, … members, as a file names them; `no`: there is no file. */
export const [a, b, c, d, e] = [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]] as const
export const no = undefined
