import { test } from './transport/ground.ts'

// in this order: each goes on where the one before it has ended
import './transport/logins.ts'
import './transport/links.ts'

test.run()
