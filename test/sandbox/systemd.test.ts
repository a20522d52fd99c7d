import { test } from './systemd/ground.ts'

// in this order: each goes on where the one before it has ended
import './systemd/enabled.ts'
import './systemd/written.ts'
import './systemd/mounts.ts'

test.run()
