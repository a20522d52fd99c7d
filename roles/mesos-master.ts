import { base } from '../recipes/base.ts'
import { consul } from '../recipes/consul.ts'
import { consulServer } from '../recipes/consul-server.ts'
import { docker } from '../recipes/docker.ts'
import { marathon } from '../recipes/marathon.ts'
import { mesos } from '../recipes/mesos.ts'
import { mesosMaster } from '../recipes/mesos-master.ts'
import { zookeeper } from '../recipes/zookeeper.ts'
import { defineRole } from '../src/index.ts'

/** All components of a master: ZooKeeper, a Consul server, a Mesos master, Docker, and Marathon in it. */
export const role = defineRole({
  name: 'mesos-master',
  recipes: [base, zookeeper, consul, consulServer, mesos, mesosMaster, docker, marathon],
  after: ['zookeeper', 'consul-server'],
})
