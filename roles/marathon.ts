import { base } from '../recipes/base.ts'
import { docker } from '../recipes/docker.ts'
import { marathon } from '../recipes/marathon.ts'
import { defineRole } from '../src/index.ts'

/** Marathon, as leader or standby. */
export const role = defineRole({
  name: 'marathon',
  recipes: [base, docker, marathon],
  after: ['zookeeper', 'mesos-master', 'mesos-master-only'],
})
