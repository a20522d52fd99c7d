import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Sshd } from '../../support/sshd.ts'
import type { TestHome } from '../../support/test-home.ts'

/**
 * What a case finds: a home of its own, keys that the host knows (`key`) and an authority whose certificates it takes,
 * and agents.
 */
export interface Scene {
  /** The folder of the keys and the agents' sockets. */
  readonly dir: string
  readonly host: Sshd
  readonly home: TestHome
  readonly full: string
  readonly env: Record<string, string | undefined>
}

/** What somebody writes into `~/.ssh/config`. */
export interface Case {
  readonly name: string
  readonly config: (scene: Scene) => string
  readonly files?: (scene: Scene) => void
  readonly known?: (scene: Scene) => string
  /** What is said where it is not followed; absent: it is. */
  readonly refused?: RegExp
}

const put = (scene: Scene, from: string, to: string): void => {
  copyFileSync(join(scene.dir, from), join(scene.home.path, '.ssh', to))
  chmodSync(join(scene.home.path, '.ssh', to), 0o600)
}
const key = (scene: Scene): void => put(scene, 'key', 'id_key')
const own = (scene: Scene): string => join(scene.home.path, '.ssh')
const login = (scene: Scene): string => `  IdentityFile ${own(scene)}/id_key\n`
const to = (scene: Scene): string => `  HostName 127.0.0.1\n  Port ${scene.host.port}\n`

/** All that must work as it does with ssh. */
export const cases: readonly Case[] = [
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
  ...[
    { what: 'beside its key', key: 'certified' },
    { what: 'of an RSA key', key: 'certified-rsa' },
    { what: 'of an ECDSA key', key: 'certified-ecdsa' },
  ].map(
    ({ what, key }): Case => ({
      name: `a certificate ${what}`,
      files: (s) => {
        put(s, key, 'id_c')
        put(s, `${key}-cert.pub`, 'id_c-cert.pub')
      },
      config: (s) => `Host db\n${to(s)}  IdentityFile ${own(s)}/id_c\n`,
    }),
  ),
  {
    name: 'CertificateFile',
    files: (s) => {
      put(s, 'certified', 'id_c')
      put(s, 'certified-cert.pub', 'somewhere.pub')
    },
    config: (s) => `Host db\n${to(s)}  IdentityFile ${own(s)}/id_c\n  CertificateFile ${own(s)}/somewhere.pub\n`,
  },
  { name: 'a certificate in the agent', config: (s) => `Host db\n${to(s)}  IdentityAgent ${s.dir}/certificates\n` },
  {
    name: 'a certificate in a file, its key in the agent',
    files: (s) => put(s, 'certified-cert.pub', 'somewhere.pub'),
    config: (s) => `Host db\n${to(s)}  IdentityAgent ${s.dir}/bare\n  CertificateFile ${own(s)}/somewhere.pub\n`,
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
