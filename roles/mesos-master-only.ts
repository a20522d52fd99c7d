import { base } from '../recipes/base.ts'
import { mesos } from '../recipes/mesos.ts'
import { mesosMaster } from '../recipes/mesos-master.ts'
import { defineRole } from '../src/index.ts'

/** A Mesos master, without the other components of a master. */
export const role = defineRole({ name: 'mesos-master-only', recipes: [base, mesos, mesosMaster], after: ['zookeeper'] })
