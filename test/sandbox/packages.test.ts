import { test } from './packages/ground.ts'

// in this order: each goes on where the one before it has ended
import './packages/names.ts'
import './packages/versions.ts'
import './packages/trouble.ts'
import './packages/debs.ts'
import './packages/repositories.ts'

test.run()
