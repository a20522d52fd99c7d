import { base } from '../recipes/base.ts'
import { docker } from '../recipes/docker.ts'
import { mesos } from '../recipes/mesos.ts'
import { mesosAgent } from '../recipes/mesos-agent.ts'
import { defineRole } from '../src/index.ts'

/** A Mesos agent with Docker, without the other components of a slave. */
export const role = defineRole({
  name: 'mesos-agent',
  recipes: [base, docker, mesos, mesosAgent],
  after: ['zookeeper', 'mesos-master', 'mesos-master-only'],
})
