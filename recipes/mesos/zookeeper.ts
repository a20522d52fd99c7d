import { isIPv6 } from 'node:net'
import { type Cluster, file, PORTS, type Resource, template } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'

/** The file with ZooKeeper's URL for the daemons: it may contain a password, which must not appear in `ps`. */
export const ZK_FILE = '/etc/mesos/zk'

/** `HOST:2181,HOST:2181`: sorted by number, so that every host gets the same bytes. */
export const zkHosts = (cluster: Cluster): string =>
  cluster
    .withRecipe('zookeeper')
    .map((host) => ({ id: Number(host.vars.zookeeper?.id ?? 0), address: host.privateAddress }))
    .sort((a, b) => a.id - b.id)
    .map(({ address }) => `${isIPv6(address) ? `[${address}]` : address}:${PORTS.zookeeper}`)
    .join(',')

/** The file that the daemons read the URL from. */
export const zkFile = (cluster: Cluster, { zkPath, zkUser, zkPassword }: Attributes): Resource =>
  zkPassword === undefined
    ? file(ZK_FILE, { content: `zk://${zkHosts(cluster)}${zkPath}\n`, mode: '0600' })
    : template(ZK_FILE, {
        from: 'mesos/zk.ejs',
        vars: { user: zkUser, password: zkPassword, hosts: zkHosts(cluster), path: zkPath },
      })
