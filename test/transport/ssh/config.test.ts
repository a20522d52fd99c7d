import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ConfigEntry, readSshConfig } from '../../../src/transport/ssh/config/index.ts'
import { TransportError } from '../../../src/transport/transport.ts'
import { testHome } from '../../support/test-home.ts'

const test = suite('transport/ssh/config')
const home = testHome()
test.after(() => home.remove())
const HOME = home.path

const ENV = { PATH: process.env.PATH, HOME, KEYS: '/keys', SSH_AUTH_SOCK: '/agent' }
const configOf = (path: string) => readSshConfig({ home: path, env: ENV, shell: '/bin/sh' })
const entry = (text: string, host: string, user?: string): Promise<ConfigEntry> => {
  home.file('config', text)
  return configOf(HOME)(host, { user })
}

const configs: readonly [name: string, text: string, host: string, found: Partial<ConfigEntry>, user?: string][] = [
  ['nothing', '', 'db', {}],
  ['another host', 'Host web\n  User alice\n', 'db', {}],
  [
    'all we follow',
    'Host db\n  HostName 10.0.0.1\n  User alice\n  Port 2222\n',
    'db',
    { hostName: '10.0.0.1', user: 'alice', port: 2222 },
  ],
  [
    'any case, equals signs, quotes',
    'host db\n  hostname=10.0.0.1\n  USER "alice"\n',
    'db',
    { hostName: '10.0.0.1', user: 'alice' },
  ],
  [
    'the first value counts',
    'Host db\n  User alice\nHost *\n  User bob\n  Port 22\n',
    'db',
    { user: 'alice', port: 22 },
  ],
  ['patterns', 'Host 10.0.* !10.0.0.9\n  User alice\n', '10.0.0.1', { user: 'alice' }],
  ['a pattern that is negated', 'Host 10.0.* !10.0.0.9\n  User alice\n', '10.0.0.9', {}],
  ['Match host', 'Match host db\n  User alice\n', 'db', { user: 'alice' }],
  ['Match exec', `Match host db exec "true"\n  User alice\nMatch exec "false"\n  Port 24\n`, 'db', { user: 'alice' }],
  [
    'Match exec is not run where other criteria do not fit',
    `Match host web exec "touch ${HOME}/ran"\n  User alice\n`,
    'db',
    {},
  ],
  ['Match user, as the inventory says', 'Match user carol\n  Port 24\n', 'db', { user: 'carol', port: 24 }, 'carol'],
  ['Match all', 'Host web\n  Port 23\nMatch all\n  Port 24\n', 'db', { port: 24 }],
  ['Include in a block that does not apply', 'Host web\n  Include all.conf\n', 'db', {}],
  [
    'what an included file begins ends with it',
    'Host db\n  Include other.conf\n  User alice\n',
    'db',
    { user: 'alice' },
  ],
  [
    'ProxyCommand',
    'Host i-*\n  ProxyCommand aws ssm --target %h --port %p # x\n',
    'i-0abc',
    { proxyCommand: 'aws ssm --target i-0abc --port 22 # x' },
  ],
  ['ProxyCommand none', 'Host db\n  ProxyCommand none\nHost *\n  ProxyJump a\n', 'db', {}],
  ['IdentityAgent', 'IdentityAgent ~/agent.sock\n', 'db', { identityAgent: `${HOME}/agent.sock` }],
  ['IdentityAgent of a variable', 'IdentityAgent $KEYS\n', 'db', { identityAgent: '/keys' }],
  ['IdentityAgent none', 'IdentityAgent none\n', 'db', { identityAgent: 'none' }],
  ['IdentityAgent SSH_AUTH_SOCK', 'IdentityAgent SSH_AUTH_SOCK\n', 'db', {}],
  ['variables', 'IdentityFile ${KEYS}/%n.%r\nUser u\n', 'db', { user: 'u', identityFiles: ['/keys/db.u'] }],
  ['certificates', 'CertificateFile ~/c-cert.pub\n', 'db', { certificateFiles: [`${HOME}/c-cert.pub`] }],
  [
    'AddressFamily, BindAddress, ConnectTimeout',
    'AddressFamily inet\nBindAddress 10.0.0.9\nConnectTimeout 3\n',
    'db',
    { family: 4, bindAddress: '10.0.0.9', connectTimeout: 3 },
  ],
  ['StrictHostKeyChecking accept-new', 'StrictHostKeyChecking accept-new\n', 'db', { acceptNew: true }],
  [
    'all identity files',
    'Host db\n  IdentityFile ~/.ssh/a\nHost *\n  IdentityFile %d/b-%h\n',
    'db',
    { identityFiles: [`${HOME}/.ssh/a`, `${HOME}/b-db`] },
  ],
  ['a path with a space', 'Host db\n  IdentityFile "~/my keys/a"\n', 'db', { identityFiles: [`${HOME}/my keys/a`] }],
  ['IdentityFile none', 'Host db\n  IdentityFile none\n', 'db', { identityFiles: [] }],
  ['IdentitiesOnly', 'Host db\n  IdentitiesOnly yes\n', 'db', { identitiesOnly: true }],
  ['ProxyJump', 'Host db\n  ProxyJump alice@a:2222,b\n', 'db', { proxyJump: 'alice@a:2222,b' }],
  ['ProxyJump none', 'Host db\n  ProxyJump none\nHost *\n  ProxyJump a\n', 'db', {}],
  ['HostName with the name in it', 'Host db\n  HostName %h.example.com\n', 'db', { hostName: 'db.example.com' }],
  [
    'known_hosts files',
    'Host db\n  UserKnownHostsFile ~/a ~/b\n',
    'db',
    { userKnownHostsFiles: [`${HOME}/a`, `${HOME}/b`] },
  ],
  ['HostKeyAlias', 'Host db\n  HostKeyAlias database\n', 'db', { hostKeyAlias: 'database' }],
  ['Include', 'Include conf.d/*.conf\nInclude ~/.ssh/none\nHost *\n  Port 22\n', 'db', { user: 'included', port: 22 }],
]
mkdirSync(join(HOME, '.ssh', 'conf.d'))
home.file('conf.d/a.conf', 'Host db\n  User included\n')
home.file('conf.d/a.txt', 'Host *\n  User wrong\n')
home.file('all.conf', 'Host *\n  Port 2222\n')
home.file('other.conf', 'Host web\n  Port 2222\n')
for (const [name, text, host, found, user] of configs)
  test(`config: ${name}`, async () => assert.equal(await entry(text, host, user), found as ConfigEntry))

// Where there is no ssh to ask, the same by ourselves.
const alone: typeof configs = [
  ['ProxyJump none, then a command', 'ProxyJump none\nProxyCommand x\n', 'db', { proxyCommand: 'x' }],
  ['the same with a comment, as ssh reads it', 'ProxyJump none # x\nProxyCommand x\n', 'db', {}],
  [
    'the host of Match exec, as it was written',
    'HostName %h.Local\nMatch exec "test %h = db.local"\n  Port 22\nMatch exec "test %h = DB.Local"\n  Port 23\n',
    'DB',
    { hostName: 'DB.Local', port: 23 },
  ],
]
for (const [name, text, host, found] of alone)
  test(`config, without ssh: ${name}`, async () => {
    home.file('config', text)
    const read = readSshConfig({ home: HOME, env: ENV, shell: '/bin/sh', asksSsh: false })
    assert.equal(await read(host), found as ConfigEntry)
  })
test('config: no command was run in vain', () => assert.not(existsSync(join(HOME, 'ran'))))

/** What cannot be followed, and what is wrong: one sentence that names it. */
const refusals: readonly [text: string, host: string, sentence: RegExp][] = [
  ['Include config\n', 'db', /config cannot be followed for db: .* 16 levels deep/],
  ['IdentityFile ${NOT_THERE}/k\n', 'db', /it names the environment variable NOT_THERE, which is not set/],
  ['IdentityFile %Z/k\n', 'db', /there is no token %Z/],
  ['BindInterface eth0\n', 'db', /BindInterface eth0 cannot be followed: use BindAddress/],
  ['ProxyCommand x\nProxyUseFdpass yes\n', 'db', /ProxyUseFdpass cannot be followed/],
  ['ProxyCommand x %h\n', 'db;reboot', /"db;reboot", which is more than a name to a shell/],
]
for (const [text, host, sentence] of refusals)
  test(`config: ${text.trim()} is refused`, async () => {
    const error = await entry(text, host).catch((refused: Error) => refused)
    assert.instance(error, TransportError)
    assert.match((error as Error).message, sentence)
  })

test('config: no file, no opinion', async () => assert.equal(await configOf('/proc/nowhere')('db'), {}))

test.run()
