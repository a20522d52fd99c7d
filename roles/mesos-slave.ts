import { base } from '../recipes/base.ts'
import { consul } from '../recipes/consul.ts'
import { consulTemplate } from '../recipes/consul-template.ts'
import { docker } from '../recipes/docker.ts'
import { haproxy } from '../recipes/haproxy.ts'
import { mesos } from '../recipes/mesos.ts'
import { mesosAgent } from '../recipes/mesos-agent.ts'
import { registrar } from '../recipes/registrar.ts'
import { defineRole } from '../src/index.ts'

/** All components of a slave: a Consul client, Docker, a Mesos agent, and the load balancing of its own tasks. */
export const role = defineRole({
  name: 'mesos-slave',
  recipes: [base, consul, docker, mesos, mesosAgent, registrar, haproxy, consulTemplate],
  after: ['zookeeper', 'consul-server', 'mesos-master', 'mesos-master-only', 'marathon'],
})
