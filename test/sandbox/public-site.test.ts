/** A public site on one real host: TLS, what may come from whom, WebSockets, clients that stay, logs and figures. */
import { test } from './public-site/ground.ts'

// in this order: each goes on where the one before it has ended
import './public-site/requests.ts'
import './public-site/connections.ts'
import './public-site/changes.ts'

test.run()
