import { base } from '../recipes/base.ts'
import { consul } from '../recipes/consul.ts'
import { defineRole } from '../src/index.ts'

/**
 * A Consul agent beside the programs of a host. Servers first: a client speaks the protocol of its servers or an older
 * one.
 */
export const role = defineRole({
  name: 'consul-client',
  recipes: [base, consul],
  after: ['consul-server', 'mesos-master'],
})
