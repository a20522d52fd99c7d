/**
 * What the recipes rely on in the Mesos stand-ins: three masters and two agents, with a real ZooKeeper and a real
 * Docker.
 */
import { test } from './mesos/ground.ts'

// in this order: each goes on where the one before it has ended
import './mesos/agents.ts'
import './mesos/losses.ts'
import './mesos/starts.ts'

test.run()
