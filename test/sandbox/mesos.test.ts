/**
 * Mesos on real hosts: three masters with a real ZooKeeper, three slaves with Docker (the masters and agents themselves
 * are stand-ins, unless real ones are given: docs/sandbox.md).
 */
import { test } from './mesos/ground.ts'

// in this order: each goes on where the one before it has ended
import './mesos/settings.ts'
import './mesos/service.ts'

test.run()
