import { userInfo } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readSshConfig } from '../../../src/transport/ssh/config/index.ts'
import { parseJump, type Route, routeTo, where } from '../../../src/transport/ssh/route.ts'
import { type SshSettings, type Target, TransportError } from '../../../src/transport/transport.ts'
import { testHome } from '../../support/test-home.ts'

const test = suite('transport/ssh/route')
const home = testHome()
test.after(() => home.remove())
const HOME = home.path

const ENV = { PATH: process.env.PATH, HOME, KEYS: '/keys', SSH_AUTH_SOCK: '/agent' }
const configOf = (path: string) => readSshConfig({ home: path, env: ENV, shell: '/bin/sh' })
const jumps: readonly [text: string, parsed: object][] = [
  ['bastion', { host: 'bastion' }],
  ['alice@bastion', { host: 'bastion', user: 'alice' }],
  ['alice@bastion:2222', { host: 'bastion', user: 'alice', port: 2222 }],
  ['ssh://alice@bastion:2222', { host: 'bastion', user: 'alice', port: 2222 }],
  ['[::1]:2222', { host: '::1', port: 2222 }],
  ['alice@fe80::1', { host: 'fe80::1', user: 'alice' }],
]
for (const [text, parsed] of jumps) test(`jump ${text}`, () => assert.equal(parseJump(text), parsed))
for (const text of ['alice@', 'a b', 'bastion:ssh', '@bastion']) {
  test(`jump ${text} is refused`, () => assert.throws(() => parseJump(text), /is not of the form user@host:port/))
}

const inventory: Record<string, Target> = {
  edge: { name: 'edge', address: '192.0.2.1', ssh: { user: 'jump', port: 2022 } },
  inner: { name: 'inner', address: '192.0.2.2', ssh: { proxyJump: 'edge' } },
  ring: { name: 'ring', address: '192.0.2.3', ssh: { proxyJump: 'ring2' } },
  ring2: { name: 'ring2', address: '192.0.2.4', ssh: { proxyJump: 'ring' } },
}
const route = (ssh: SshSettings, config = '', address = '10.0.0.1'): Promise<Route> => {
  home.file('config', config)
  return routeTo(
    { name: 'db', address, ssh },
    { config: configOf(HOME), home: HOME, env: ENV, resolve: (name) => inventory[name] },
  )
}
const me = userInfo().username
const via = (r: Route): string[] => r.via.map((hop) => `${hop.user}@${where(hop)}`)

const routes: readonly [name: string, ssh: SshSettings, config: string, of: (r: Route) => unknown, wanted: unknown][] =
  [
    [
      'defaults',
      {},
      '',
      (r) => [r.user, where(r), r.retries, r.connectTimeout, r.keepalive, r.acceptNew, r.via],
      [me, '10.0.0.1:22', 2, 10_000, 15_000, false, []],
    ],
    [
      'seconds become milliseconds',
      { connectTimeout: 3, keepalive: 0.5 },
      '',
      (r) => [r.connectTimeout, r.keepalive],
      [3000, 500],
    ],
    [
      'inventory before config',
      { user: 'root', port: 23 },
      'Host *\n  User bob\n  Port 24\n',
      (r) => [r.user, r.port],
      ['root', 23],
    ],
    [
      'config before defaults',
      {},
      'Host 10.0.0.1\n  User bob\n  Port 24\n  HostName db.internal\n',
      (r) => [r.user, where(r), r.knownAs],
      ['bob', 'db.internal:24', '[db.internal]:24'],
    ],
    [
      'a key that the inventory names must be there',
      { identityFile: '~/k' },
      'Host *\n  IdentityFile ~/c\n',
      (r) => r.identities,
      [{ path: `${HOME}/k`, required: true }],
    ],
    [
      'a key that only the config names need not',
      {},
      'Host *\n  IdentityFile ~/c\n',
      (r) => r.identities,
      [{ path: `${HOME}/c`, required: false }],
    ],
    ['known_hosts of the user and of the system', {}, '', (r) => r.knownHostsFiles.length, 4],
    ['one bastion', { proxyJump: 'alice@bastion:2222' }, '', via, ['alice@bastion:2222']],
    ['two', { proxyJump: 'alice@a, bob@b' }, '', via, ['alice@a:22', 'bob@b:22']],
    ['a bastion of the inventory', { proxyJump: 'edge' }, '', via, ['jump@192.0.2.1:2022']],
    ['one that has a bastion itself', { proxyJump: 'inner' }, '', via, ['jump@192.0.2.1:2022', `${me}@192.0.2.2:22`]],
    ['as another user', { proxyJump: 'root@edge:22' }, '', via, ['root@192.0.2.1:22']],
    [
      'bastion through the config',
      { proxyJump: 'b' },
      'Host b\n  HostName 192.0.2.9\n  User eve\n',
      via,
      ['eve@192.0.2.9:22'],
    ],
    ['the config names the bastion', {}, 'Host 10.*\n  ProxyJump alice@b\n', via, ['alice@b:22']],
    ['a ProxyCommand', {}, 'Host 10.*\n  ProxyCommand nc %h %p\n', (r) => r.proxyCommand, 'nc 10.0.0.1 22'],
    [
      'a bastion of the inventory before a ProxyCommand',
      { proxyJump: 'edge' },
      'Host 10.*\n  ProxyCommand x\n',
      (r) => [r.proxyCommand, ...via(r)],
      [undefined, 'jump@192.0.2.1:2022'],
    ],
    ['the agent', {}, '', (r) => r.agent, '/agent'],
    ['no agent', {}, 'IdentityAgent none\n', (r) => r.agent, undefined],
    ['none overrules the config', { proxyJump: 'none' }, 'Host 10.*\n  ProxyJump alice@b\n', via, []],
    [
      'a bastion takes over the key',
      { proxyJump: 'b', identityFile: '/k', hostKeyCheck: 'accept-new' },
      '',
      (r) => [r.via[0]?.identities[0]?.path, r.via[0]?.acceptNew],
      ['/k', true],
    ],
    [
      'but not the pinned key, the user or the port',
      { proxyJump: 'b', hostKey: 'x', user: 'u', port: 9 },
      '',
      (r) => [r.via[0]?.hostKey, ...via(r)],
      [undefined, `${me}@b:22`],
    ],
  ]
for (const [name, ssh, config, of, wanted] of routes)
  test(`route: ${name}`, async () => assert.equal(of(await route(ssh, config)), wanted))

test('route: a circle is named', async () => {
  try {
    await route({ proxyJump: 'ring' })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, TransportError)
    assert.match((error as Error).message, 'circle: db → ring → ring2 → ring')
  }
})

test('route: IPv6', async () => {
  const six = await route({}, '', 'fe80::1')
  assert.equal([where(six), six.knownAs], ['[fe80::1]:22', 'fe80::1'])
})

test.run()
