import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTransport } from '../../../src/transport/index.ts'
import type { Connection, TransportError } from '../../../src/transport/transport.ts'
import { keygen, openSsh, SSHD, type Sshd } from '../../support/sshd.ts'
import { type TestHome, testHome } from '../../support/test-home.ts'

// One list of what people write into ~/.ssh/config, each tried with this program and with ssh itself: both get in, or
// this one says what it cannot follow.
const test = suite('transport/ssh/openssh-config')
const openssh = openSsh()
const { dir } = openssh
const at = (name: string): string => join(dir, name)
test.after(() => openssh.stop())

/**
 * What a case finds: a home of its own, keys that the host knows (`key`) and an authority whose certificates it takes,
 * and agents.
 */
interface Scene {
  readonly host: Sshd
  readonly home: TestHome
  readonly full: string
  readonly env: Record<string, string | undefined>
}

interface Case {
  readonly name: string
  readonly config: (scene: Scene) => string
  readonly files?: (scene: Scene) => void
  readonly known?: (scene: Scene) => string
  /** What is said where it is not followed; absent: it is. */
  readonly refused?: RegExp
}

const put = (scene: Scene, from: string, to: string): void => {
  copyFileSync(at(from), join(scene.home.path, '.ssh', to))
  chmodSync(join(scene.home.path, '.ssh', to), 0o600)
}
const key = (scene: Scene): void => put(scene, 'key', 'id_key')
const own = (scene: Scene): string => join(scene.home.path, '.ssh')
const login = (scene: Scene): string => `  IdentityFile ${own(scene)}/id_key\n`
const to = (scene: Scene): string => `  HostName 127.0.0.1\n  Port ${scene.host.port}\n`

const cases: readonly Case[] = [
  { name: 'Host', files: key, config: (s) => `Host db\n${to(s)}${login(s)}` },
  {
    name: 'several IdentityFile',
    files: (s) => {
      put(s, 'other', 'id_other')
      key(s)
    },
    config: (s) => `Host db\n${to(s)}  IdentityFile ${own(s)}/id_other\n${login(s)}`,
  },
  {
    name: 'ProxyCommand',
    files: key,
    known: (s) => `db ${s.host.hostKey('ed25519')}`,
    config: (s) =>
      `Host db\n  ProxyCommand bash -c 'exec 3<>/dev/tcp/127.0.0.1/${s.host.port}; cat <&3 & cat >&3'\n${login(s)}`,
  },
  {
    name: 'ProxyCommand with tokens',
    files: key,
    config: (s) => `Host db\n${to(s)}  ProxyCommand bash -c 'exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3'\n${login(s)}`,
  },
  {
    name: 'ProxyCommand through ssh -W',
    files: key,
    config: (s) =>
      `Host edge\n${to(s)}${login(s)}Host db\n${to(s)}${login(s)}  ProxyCommand ssh -F ${own(s)}/config -W %h:%p edge\n`,
  },
  { name: 'Match host', files: key, config: (s) => `Match host db\n${to(s)}${login(s)}` },
  {
    name: 'Match originalhost',
    files: key,
    config: (s) => `Host db\n${to(s)}Match originalhost db host 127.0.0.1\n${login(s)}`,
  },
  {
    name: 'Match exec',
    files: key,
    config: (s) => `Match host db exec "test %n = db"\n${to(s)}Match exec "false"\n  Port 1\nMatch all\n${login(s)}`,
  },
  { name: 'Match final', files: key, config: (s) => `Host db\n${to(s)}Match final host 127.0.0.1\n${login(s)}` },
  {
    name: 'Include in a block of another host',
    files: (s) => {
      key(s)
      s.home.file('others', 'Host *\n  Port 1\n')
    },
    config: (s) => `Host other\n  Include ${own(s)}/others\nHost db\n${to(s)}${login(s)}`,
  },
  {
    name: 'Include with a wildcard',
    files: (s) => {
      key(s)
      mkdirSync(join(own(s), 'conf.d'))
      s.home.file('conf.d/10-db', `Host db\n${to(s)}`)
      s.home.file('conf.d/20-keys', `Host *\n${login(s)}`)
    },
    config: (s) => `Include ${own(s)}/conf.d/*\n`,
  },
  { name: 'a variable', files: key, config: (s) => `Host db\n${to(s)}  IdentityFile \${KEYS}/id_key\n` },
  {
    name: 'tokens',
    files: (s) => put(s, 'key', `id_db-127.0.0.1`),
    config: (s) => `Host db\n${to(s)}  IdentityFile ${own(s)}/id_%n-%h\n`,
  },
  {
    name: 'IdentityAgent, and only the public half',
    files: (s) => put(s, 'key.pub', 'id_key.pub'),
    config: (s) =>
      `Host db\n${to(s)}  IdentityAgent ${s.full}\n  IdentityFile ${own(s)}/id_key.pub\n  IdentitiesOnly yes\n`,
  },
  {
    name: 'a key of which only the public half is there',
    files: (s) => put(s, 'key.pub', 'id_key.pub'),
    config: (s) => `Host db\n${to(s)}${login(s)}  IdentityAgent ${s.full}\n`,
  },
  { name: 'IdentityAgent of a variable', config: (s) => `Host db\n${to(s)}  IdentityAgent $FULL\n` },
  {
    name: 'a certificate beside its key',
    files: (s) => {
      put(s, 'certified', 'id_c')
      put(s, 'certified-cert.pub', 'id_c-cert.pub')
    },
    config: (s) => `Host db\n${to(s)}  IdentityFile ${own(s)}/id_c\n`,
  },
  {
    name: 'a certificate of an RSA key',
    files: (s) => {
      put(s, 'certified-rsa', 'id_c')
      put(s, 'certified-rsa-cert.pub', 'id_c-cert.pub')
    },
    config: (s) => `Host db\n${to(s)}  IdentityFile ${own(s)}/id_c\n`,
  },
  {
    name: 'a certificate of an ECDSA key',
    files: (s) => {
      put(s, 'certified-ecdsa', 'id_c')
      put(s, 'certified-ecdsa-cert.pub', 'id_c-cert.pub')
    },
    config: (s) => `Host db\n${to(s)}  IdentityFile ${own(s)}/id_c\n`,
  },
  {
    name: 'CertificateFile',
    files: (s) => {
      put(s, 'certified', 'id_c')
      put(s, 'certified-cert.pub', 'somewhere.pub')
    },
    config: (s) => `Host db\n${to(s)}  IdentityFile ${own(s)}/id_c\n  CertificateFile ${own(s)}/somewhere.pub\n`,
  },
  { name: 'a certificate in the agent', config: (s) => `Host db\n${to(s)}  IdentityAgent ${at('certificates')}\n` },
  {
    name: 'a certificate in a file, its key in the agent',
    files: (s) => put(s, 'certified-cert.pub', 'somewhere.pub'),
    config: (s) => `Host db\n${to(s)}  IdentityAgent ${at('bare')}\n  CertificateFile ${own(s)}/somewhere.pub\n`,
  },
  {
    name: 'HostKeyAlias',
    files: key,
    known: (s) => `database ${s.host.hostKey('ed25519')}`,
    config: (s) => `Host db\n${to(s)}${login(s)}  HostKeyAlias database\n`,
  },
  {
    name: 'several UserKnownHostsFile',
    files: (s) => {
      key(s)
      s.home.file('more', `[127.0.0.1]:${s.host.port} ${s.host.hostKey('ed25519')}`)
    },
    known: () => '',
    config: (s) => `Host db\n${to(s)}${login(s)}  UserKnownHostsFile ${own(s)}/none ${own(s)}/more\n`,
  },
  {
    name: 'known_hosts with a key of a token',
    files: key,
    known: (s) => {
      const token = Buffer.concat([
        Buffer.from('\0\0\0\x1ask-ssh-ed25519@openssh.com\0\0\0\x20'),
        Buffer.alloc(32, 7),
        Buffer.from('\0\0\0\x04ssh:'),
      ])
      return `[127.0.0.1]:${s.host.port} sk-ssh-ed25519@openssh.com ${token.toString('base64')}\n[127.0.0.1]:${s.host.port} ${s.host.hostKey('ed25519')}`
    },
    config: (s) => `Host db\n${to(s)}${login(s)}`,
  },
  {
    name: 'ProxyJump',
    files: key,
    config: (s) => `Host edge\n${to(s)}${login(s)}Host db\n${to(s)}${login(s)}  ProxyJump edge\n`,
  },
  {
    name: 'AddressFamily and BindAddress',
    files: key,
    config: (s) => `Host db\n${to(s)}${login(s)}  AddressFamily inet\n  BindAddress 127.0.0.1\n`,
  },
  {
    name: 'StrictHostKeyChecking accept-new',
    files: key,
    known: () => '',
    config: (s) => `Host db\n${to(s)}${login(s)}  StrictHostKeyChecking accept-new\n`,
  },
]

function prepare(): string {
  for (const name of ['key', 'other', 'authority', 'certified']) keygen('-t', 'ed25519', '-N', '', '-f', at(name))
  for (const type of ['rsa', 'ecdsa']) keygen('-t', type, '-N', '', '-f', at(`certified-${type}`))
  for (const name of ['certified', 'certified-rsa', 'certified-ecdsa'])
    keygen('-s', at('authority'), '-I', name, '-n', userInfo().username, '-V', '+1h', at(`${name}.pub`))
  return readFileSync(at('key.pub'), 'utf8')
}

/** Does ssh itself get in with this? */
function sshGetsIn({ home, env }: Scene): boolean {
  const config = join(home.path, '.ssh', 'config')
  const ended = spawnSync('ssh', ['-F', config, '-o', 'BatchMode=yes', 'db', 'true'], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  return ended.status === 0
}

const { username, shell } = userInfo()
if (!existsSync(SSHD)) console.log(`not run here: there is no ${SSHD}`)
else if (shell?.endsWith('/nologin')) console.log(`not run here: ${username} may not log in`)
else {
  const known = prepare()
  const host = await openssh.sshd(() => known, [`TrustedUserCAKeys ${at('authority.pub')}`])
  const full = await openssh.agent('full')
  openssh.add(full, at('other'))
  openssh.add(full, at('key'))
  openssh.add(await openssh.agent('certificates'), at('certified'))
  const bare = await openssh.agent('bare')
  copyFileSync(at('certified'), at('bare-key'))
  chmodSync(at('bare-key'), 0o600)
  openssh.add(bare, at('bare-key'))

  for (const each of cases) {
    test(each.name, async () => {
      const home = testHome()
      rmSync(join(home.path, '.ssh', 'id_ed25519'))
      const scene: Scene = {
        host,
        home,
        full,
        env: { KEYS: join(home.path, '.ssh'), FULL: full, SSH_AUTH_SOCK: undefined },
      }
      try {
        each.files?.(scene)
        writeFileSync(
          home.knownHosts,
          `${each.known?.(scene) ?? `[127.0.0.1]:${host.port} ${host.hostKey('ed25519')}`}\n`,
        )
        // Said in each case, because ssh itself looks into the home of the account, whatever HOME says.
        home.file('config', `${each.config(scene)}Host *\n  UserKnownHostsFile ${home.knownHosts}\n`)
        const env = { PATH: process.env.PATH, ...scene.env }
        const made: Connection | TransportError = await createTransport({ home: home.path, env })
          .connect({ name: 'db', address: 'db', ssh: { retries: 0, connectTimeout: 60 } })
          .catch((error: TransportError) => error)
        if (each.refused) assert.match((made as Error).message, each.refused)
        else if (made instanceof Error) throw made
        else await made.close()
        if (each.known?.(scene) === '') writeFileSync(home.knownHosts, '')
        assert.ok(sshGetsIn(scene), 'ssh itself gets in, or this case proves nothing')
      } finally {
        home.remove()
      }
    })
  }
}

test.run()
