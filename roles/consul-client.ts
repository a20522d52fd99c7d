import { base } from '../recipes/base.ts'
import { consul } from '../recipes/consul.ts'
import { defineRole } from '../src/index.ts'

/**
 * A Consul agent for the programs of a host. Upgrade servers first: a client speaks its servers' protocol or an older
 * one.
 */
export const role = defineRole({
  name: 'consul-client',
  recipes: [base, consul],
  after: ['consul-server', 'mesos-master'],
})
