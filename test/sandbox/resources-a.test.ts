import { test } from './resources-a/ground.ts'

// in this order: each goes on where the one before it has ended
import './resources-a/lives.ts'
import './resources-a/services.ts'
import './resources-a/failures.ts'

test.run()
