import { base } from '../recipes/base.ts'
import { consul } from '../recipes/consul.ts'
import { consulServer } from '../recipes/consul-server.ts'
import { defineRole } from '../src/index.ts'

/** A Consul server. */
export const role = defineRole({ name: 'consul-server', recipes: [base, consul, consulServer] })
