/**
 * A slave's load balancing on real hosts: Consul, registrar, consul-template and HAProxy, from Marathon's word to who
 * answers.
 */
import { test } from './load-balancer/ground.ts'

// in this order: each goes on where the one before it has ended
import './load-balancer/tasks.ts'
import './load-balancer/renders.ts'
import './load-balancer/losses.ts'

test.run()
