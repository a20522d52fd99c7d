import { test } from './sandbox/ground.ts'

// in this order: each goes on where the one before it has ended
import './sandbox/hosts.ts'
import './sandbox/boxes.ts'

test.run()
