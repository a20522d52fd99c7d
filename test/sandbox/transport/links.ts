import * as assert from 'uvu/assert'
import { sh } from '../../../src/shell/script.ts'
import { createTransport } from '../../../src/transport/index.ts'
import type { Connection, Target } from '../../../src/transport/transport.ts'
import { until } from '../../support/until.ts'
import { box, failure, host, once, options, run, target, test } from './ground.ts'

test('bastions: through a to b', async () => {
  const inventory: Record<string, Target> = { a: target('a', { user: 'admin' }) }
  const transport = createTransport({ ...options, resolve: (name) => inventory[name] })
  const connection = await transport.connect(target('b', { user: 'root', proxyJump: 'a' }))
  assert.is((await run(connection, sh`echo "$SSH_CONNECTION"`)).stdout.split(' ')[0], host('a').address)
  const greeting = await connection
    .dial(host('a').address, 22)
    .then((stream) => new Promise((resolve) => stream.once('data', (chunk) => resolve(String(chunk)))))
  assert.match(String(greeting), /^SSH-2\.0-OpenSSH/)
  await connection.close()
  const refused = await failure(
    createTransport({ ...options, resolve: () => target('a', { user: 'notunnel' }) }).connect(
      target('b', { user: 'root', proxyJump: 'x' }),
    ),
  )
  assert.is(refused.failure, 'forwarding')
})

test('a link that is cut is lost, and made anew when it is healed', async () => {
  const connection = await createTransport(options).connect(
    target('a', { user: 'admin', keepalive: 5, connectTimeout: 60 }),
  )
  const exec = connection.exec(sh`echo begun; sleep 30`)
  await new Promise((resolve) => exec.stdout.once('data', resolve))
  exec.stdout.resume()
  await box.cut('a')
  const error = await failure(exec.done)
  assert.is(error.failure, 'lost')
  assert.match(error.message, /keepalives/)
  const away = await failure(connection.reconnect())
  assert.ok(['timeout', 'unreachable'].includes(away.failure), away.message)
  await box.heal('a')
  for (let i = 0; i < 20; i++) {
    const back = await connection.reconnect().then(
      () => true,
      () => false,
    )
    if (back) break
  }
  assert.is((await run(connection, sh`echo back`)).stdout, 'back\n')
  await connection.close()
})

test('a host that drops every packet is a time-out; an address of nobody is unreachable', async () => {
  await box.drop('a')
  const silent = await failure(createTransport(options).connect(target('a', { user: 'admin', connectTimeout: 1 })))
  await box.undrop('a')
  assert.is(silent.failure, 'timeout')
  assert.match(silent.message, 'security group')
  const nobody = host('a').address.replace(/\d+$/, '250')
  const error = await failure(
    createTransport(options).connect({ name: 'x', address: nobody, ssh: { user: 'root', retries: 0 } }),
  )
  assert.is(error.failure, 'unreachable')
})

const waiting = (to: Target): { told: string[]; made: Promise<Connection> } => {
  const told: string[] = []
  return { told, made: createTransport(options).connect(to, undefined, ({ text }) => told.push(text)) }
}

for (const name of ['a', 'b']) {
  test(`${name}: a host that is booting says so, and is waited for`, async () => {
    const words = 'System is booting up. Unprivileged users are not permitted to log in yet.'
    await host(name).sh(`echo '${words}' >/run/nologin`)
    const error = await failure(createTransport(options).connect(target(name, { user: 'admin', retries: 1 })))
    assert.match(error.message, `closed the login of admin; it said: ${words}`)
    const { told, made } = waiting(target(name, { user: 'admin', retries: 1 }))
    await until('it has said so twice', () => told.length >= 2)
    await host(name).sh('rm /run/nologin')
    const connection = await made
    assert.is((await run(connection, sh`echo up`)).stdout, 'up\n')
    await connection.close()
    assert.match(told[0] as string, words)
  })

  test(`${name}: an account that has expired, and a host that is closed, say so`, async () => {
    await host(name).sh('chage -E 0 limited; echo Closed until noon. >/etc/nologin')
    const nologin = await failure(createTransport(options).connect(target(name, { user: 'admin' })))
    await host(name).sh('rm /etc/nologin')
    const expired = await failure(createTransport(options).connect(target(name, { user: 'limited' })))
    await host(name).sh('chage -E -1 limited')
    assert.match(nologin.message, 'closed the login of admin; it said: Closed until noon.')
    assert.match(expired.message, /closed the login of limited; it said: Your account has expired/)
  })

  test(`${name}: a session that pam does not open is waited for`, async () => {
    await host(name).sh('touch /run/full')
    const error = await failure(once(target(name, { user: 'full' }), sh`true`))
    assert.is(error.failure, 'full', error.message)
    const { told, made } = waiting(target(name, { user: 'full', retries: 1 }))
    const connection = await made
    const answer = run(connection, sh`echo in`)
    await until('it has said so', () => told.length > 0)
    await host(name).sh('rm /run/full')
    assert.is((await answer).stdout, 'in\n')
    await connection.close()
  })
}

test('a frozen host: the login is not done in time', async () => {
  await box.freeze('b')
  const error = await failure(createTransport(options).connect(target('b', { user: 'admin', connectTimeout: 10 })))
  await box.thaw('b')
  assert.is(error.failure, 'timeout')
  assert.match(error.message, 'took the connection')
})
