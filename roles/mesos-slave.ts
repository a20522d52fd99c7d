import { base } from '../recipes/base.ts'
import { docker } from '../recipes/docker.ts'
import { mesos } from '../recipes/mesos.ts'
import { mesosAgent } from '../recipes/mesos-agent.ts'
import { defineRole } from '../src/index.ts'

/** All that a slave of the cluster has: Docker and Mesos' agent. (Consul's client comes before them; registrar, HAProxy and consul-template after.) */
export const role = defineRole({
  name: 'mesos-slave',
  recipes: [base, docker, mesos, mesosAgent],
  after: ['zookeeper', 'consul-server', 'mesos-master', 'mesos-master-only', 'marathon'],
})
