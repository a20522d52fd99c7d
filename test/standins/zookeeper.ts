/**
 * A small ZooKeeper session client for the stand-ins, without dependencies.
 *
 *     const { servers, path, auth } = parseZkUrl('zk://10.0.0.1:2181,10.0.0.2:2181/mesos')
 *     const zk = new ZooKeeper({ servers, auth, timeout: 10_000 })
 *     zk.on('state', (state) => …)        // connecting, connected, suspended, expired, closed
 *     await zk.create(`${path}/member_`, 'me', { ephemeral: true, sequential: true, parents: true })
 *     await zk.children(path, () => …)    // a watch is called once
 *     await zk.close()                    // or destroy(): the session times out, as with a process that is killed
 */
export { type CreateOptions, ZooKeeper } from './zookeeper/client.ts'
export { ZkError } from './zookeeper/errors.ts'
export type { SessionOptions, State } from './zookeeper/session.ts'
export type { Stat } from './zookeeper/stat.ts'
export { parseZkUrl, type ZkServer, type ZkUrl } from './zookeeper/url.ts'
export type { Watch } from './zookeeper/watches.ts'
