import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sh } from '../../../../src/shell/script.ts'
import { createTransport } from '../../../../src/transport/index.ts'
import type { Connection, Target } from '../../../../src/transport/transport.ts'
import type { TestServer } from '../../../support/ssh-server.ts'
import { generateKey } from '../../../support/test-home.ts'
import { closesAll, connected, failed, newHome, says, serve } from './ground.ts'

const test = suite('ssh: bastions, and the configuration')
closesAll(test)

test('bastions: a chain, shared by the hosts behind it', async () => {
  const home = newHome()
  const [a, b, one, two] = (await Promise.all([1, 2, 3, 4].map(() => serve({ keys: [home.publicKey] })))) as [
    TestServer,
    TestServer,
    TestServer,
    TestServer,
  ]
  home.file('known_hosts', [a, b, one, two].map(({ known }) => known).join(''))
  const inventory: Record<string, Target> = { edge: a.target({}, 'edge') }
  const transport = createTransport({ home: home.path, env: {}, resolve: (name) => inventory[name] })
  const proxyJump = `edge,root@127.0.0.1:${b.port}`
  const connections = await Promise.all([one, two].map((server) => transport.connect(server.target({ proxyJump }))))
  for (const connection of connections) assert.is(await says(connection), 'hello\n')
  assert.equal(
    [a, b, one, two].map(({ stats }) => [stats.connections, stats.sessions]),
    [
      [1, 0],
      [1, 0],
      [1, 1],
      [1, 1],
    ],
  )
  assert.equal(a.stats.forwards, [`127.0.0.1:${b.port}`])
  assert.equal(b.stats.forwards.sort(), [`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`].sort())
  assert.equal(
    connections.map(({ cost }) => cost.connections),
    [1, 1],
  )
  await connections[0]?.close()
  await sleep(50)
  assert.is(await says(connections[1] as Connection), 'hello\n', 'the bastion stays while somebody needs it')
  await connections[1]?.close()
})

test('bastions: a lost one loses the hosts behind it; a reconnect makes both anew', async () => {
  const home = newHome()
  const [edge, host] = (await Promise.all([1, 2].map(() => serve({ keys: [home.publicKey] })))) as [
    TestServer,
    TestServer,
  ]
  home.file('known_hosts', edge.known + host.known)
  const connection = await connected(host.target({ proxyJump: `root@127.0.0.1:${edge.port}` }), { home: home.path })
  edge.drop()
  await sleep(100)
  const exec = connection.exec(sh`true`)
  assert.is((await exec.done.catch((e) => e)).failure, 'lost')
  await connection.reconnect()
  assert.is(await says(connection), 'hello\n')
  assert.equal([edge.stats.connections, host.stats.connections, connection.cost.connections], [2, 2, 2])
})

test('bastions: what fails there says so', async () => {
  const home = newHome()
  const [edge, host] = (await Promise.all([
    serve({ keys: [home.publicKey], forwarding: 'prohibited' }),
    serve({ keys: [home.publicKey] }),
  ])) as [TestServer, TestServer]
  home.file('known_hosts', edge.known + host.known)
  const target = host.target({ proxyJump: `root@127.0.0.1:${edge.port}` })
  const forbidden = await failed(target, { home: home.path })
  assert.is(forbidden.failure, 'forwarding')
  assert.match(
    forbidden.message,
    `sshd at 127.0.0.1:${edge.port} does not forward connections to 127.0.0.1:${host.port}`,
  )
  home.file('known_hosts', host.known)
  const unknown = await failed(target, { home: home.path })
  assert.is(unknown.failure, 'host-key')
  assert.match(unknown.message, new RegExp(`^bastion root@127\\.0\\.0\\.1:${edge.port}: the host key`))
})

test('config: ~/.ssh/config is followed', async () => {
  const home = newHome()
  const key = generateKey()
  home.file('deploy', key.private)
  const server = await serve({ keys: [key.public] })
  home.file('known_hosts', server.known)
  home.file(
    'config',
    `Host db\n  HostName 127.0.0.1\n  Port ${server.port}\n  User root\n  IdentityFile ~/.ssh/deploy\n`,
  )
  assert.is(await says(await connected({ name: 'h', address: 'db', ssh: {} }, { home: home.path })), 'hello\n')
})

test.run()
