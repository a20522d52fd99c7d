import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { generateKey } from '../../../support/test-home.ts'
import { closesAll, connected, failed, newHome, says, serve } from './ground.ts'

const test = suite('ssh: host keys')
closesAll(test)

test('host key: known', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  home.file('known_hosts', server.known)
  assert.is(await says(await connected(server.target(), { home: home.path })), 'hello\n')
})

test('host key: unknown is refused before anything of us is shown', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const error = await failed(server.target(), { home: home.path })
  assert.is(error.failure, 'host-key')
  assert.match(error.message, /127\.0\.0\.1:\d+ is not known; it shows the ssh-ed25519 key SHA256:/)
  assert.equal(server.stats.auth, [])
  assert.not(existsSync(home.knownHosts))
})

test('host key: changed is refused, with accept-new too', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  home.file('known_hosts', `# old\n[127.0.0.1]:${server.port} ${generateKey().public}\n`)
  for (const ssh of [{}, { hostKeyCheck: 'accept-new' as const }]) {
    const error = await failed(server.target(ssh), { home: home.path })
    assert.is(error.failure, 'host-key')
    assert.match(error.message, `${home.knownHosts}:2 knows it by`)
  }
  assert.equal(server.stats.auth, [])
})

test('host key: accept-new remembers it, and only once the login is done', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const target = server.target({ hostKeyCheck: 'accept-new' })
  const stranger = newHome()
  assert.is((await failed({ ...target, ssh: { ...target.ssh } }, { home: stranger.path })).failure, 'auth')
  assert.not(existsSync(stranger.knownHosts), 'the login failed')
  await connected(target, { home: home.path })
  assert.is(readFileSync(home.knownHosts, 'utf8').trim(), server.known.split(' ').slice(0, 3).join(' ').trim())
  assert.is(statSync(home.knownHosts).mode & 0o777, 0o600)
  await connected(server.target(), { home: home.path })
})

test('host key: pinned', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  await connected(server.target({ hostKey: server.hostKey }), { home: home.path })
  const error = await failed(server.target({ hostKey: generateKey().public }), { home: home.path })
  assert.is(error.failure, 'host-key')
  assert.match(error.message, /pinned for it in the inventory/)
})

test('host key: files that cannot be read or written are not taken for empty', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const unreadable = await failed(server.target({ hostKeyCheck: 'accept-new' }), {
    home: home.path,
    knownHostsFiles: [home.path],
  })
  assert.is(unreadable.failure, 'host-key')
  assert.match(unreadable.message, /cannot be read: it is a directory/)
  const notThere = join(home.path, '.ssh', 'id_ed25519', 'known_hosts')
  const unwritable = await failed(server.target({ hostKeyCheck: 'accept-new' }), {
    home: home.path,
    knownHostsFiles: [notThere],
  })
  assert.is(unwritable.failure, 'host-key')
})

test('host key: the files that are given count alone', async () => {
  const home = newHome()
  const server = await serve({ keys: [home.publicKey] })
  const file = home.file('others', server.known)
  await connected(server.target(), { home: home.path, knownHostsFiles: [file] })
})

test.run()
