import { base } from '../recipes/base.ts'
import { consul } from '../recipes/consul.ts'
import { consulTemplate } from '../recipes/consul-template.ts'
import { haproxy } from '../recipes/haproxy.ts'
import { registrar } from '../recipes/registrar.ts'
import { defineRole } from '../src/index.ts'

/** Load balancing on a slave: registers its Marathon tasks in Consul, and routes to them with HAProxy. */
export const role = defineRole({
  name: 'load-balancer',
  recipes: [base, consul, registrar, haproxy, consulTemplate],
  after: ['consul-server', 'mesos-master', 'mesos-master-only', 'marathon'],
})
