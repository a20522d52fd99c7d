import { createTransport } from '../src/transport/index.ts'
import { sshServer, testHome } from './support/ssh-server.ts'
const home = testHome()
for (let i = 0; i < 40; i++) {
  const server = await sshServer({ keys: [home.publicKey], turnAway: 1 })
  const t0 = performance.now()
  const c = await createTransport({ home: home.path, env: {} }).connect(server.target({ retries: 2, hostKey: server.hostKey, connectTimeout: 3 })).catch((e: Error) => e)
  console.log(i, Math.round(performance.now() - t0), c instanceof Error ? c.message : 'ok', server.stats.connections)
  if (!(c instanceof Error)) await c.close()
  await server.stop()
}
home.remove()
