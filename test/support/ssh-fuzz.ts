import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { random } from './random.ts'

/** Random picks from a seed: the same seed gives the same picks. */
export interface Pick {
  number(below: number): number
  of<T>(list: readonly T[]): T
  /** True about once in that many calls. */
  once(times: number): boolean
  some<T>(list: readonly T[], most: number): T[]
}

/** See {@link Pick}. */
export function picker(seed: number): Pick {
  const next = random(seed)
  const number = (below: number): number => Math.floor(next() * below)
  const of = <T>(list: readonly T[]): T => list[number(list.length)] as T
  return {
    number,
    of,
    once: (times) => number(times) === 0,
    some: (list, most) => Array.from({ length: 1 + number(most) }, () => of(list)),
  }
}

export const NAMES = ['db', 'db1', 'db-2.example.com', 'web', 'i-0abc', '10.0.0.1', 'Mixed.Example', 'a.b', 'fe80::1']
const PATTERNS = [
  'db',
  'db*',
  'd?',
  '*',
  '*.example.com',
  'web',
  '!db',
  '!db*',
  'i-*',
  '10.0.0.?',
  '10.*',
  '!*',
  'Mixed*',
  'mixed*',
  '?.b',
  '**',
  'fe80*',
  '"db"',
  "'web'",
]
const VALUES: Readonly<Record<string, readonly string[]>> = {
  HostName: ['10.9.8.7', '%h.internal', 'UPPER.example', 'x%%y', '"quoted.example"', 'db'],
  User: ['alice', 'bob', '"carol"', "'dave'", 'e-ve', 'a\\"b'],
  Port: ['22', '2222', '2200', '"24"'],
  IdentityFile: [
    '/k/a',
    '/k/b',
    '"/k/c d"',
    '/k/%h-%r-%p',
    "'/k/e f'",
    '${KEYS}/x',
    'none',
    '/k/g\\ h',
    '/k/%n',
    '/k/a#b',
    '~/.ssh/id_x',
  ],
  IdentitiesOnly: ['yes', 'no', 'YES', 'true'],
  IdentityAgent: ['/agent', 'none', 'SSH_AUTH_SOCK', '"/my agent"'],
  CertificateFile: ['/k/a-cert.pub', '/k/b-cert.pub'],
  ProxyJump: ['edge', 'a@edge:2222', 'one,two', 'none', 'edge # comment'],
  ProxyCommand: ['nc %h %p', 'none', 'sh -c "x %n" # not a comment', '= nc %h 22'],
  UserKnownHostsFile: ['/kh/a', '/kh/a /kh/b', '"/kh/a"', 'none'],
  GlobalKnownHostsFile: ['/kh/g'],
  HostKeyAlias: ['alias', '"alias2"'],
  AddressFamily: ['inet', 'inet6', 'any'],
  ConnectTimeout: ['5', '30'],
  StrictHostKeyChecking: ['accept-new', 'yes', 'no', 'ask'],
  BindAddress: ['127.0.0.1'],
  Compression: ['yes'],
  ServerAliveInterval: ['5'],
  SendEnv: ['LANG LC_*'],
}
const LISTS = [
  'db',
  'db*,web',
  '*',
  '!db,*',
  'web',
  '10.*',
  '*.example.com',
  '10.9.8.7',
  'db.internal',
  '*.internal',
  'DB',
]
const USERS = ['alice', 'bob', '*', 'al*', '!alice,*']

const spelt = (word: string, pick: Pick): string => pick.of([word, word, word.toLowerCase(), word.toUpperCase()])

function criterion(pick: Pick): string {
  const not = pick.once(5) ? '!' : ''
  const between = pick.of([' ', ' ', '  ', '='])
  const kind = pick.of(['host', 'originalhost', 'user', 'localuser', 'exec', 'final', 'canonical'])
  if (kind === 'final' || kind === 'canonical') return `${not}${kind}`
  if (kind === 'exec')
    return `${not}exec${between}"${pick.of(['true', 'false', 'test %h = db', 'test %r = alice', 'test %n != %h', 'test %p = 22'])}"`
  if (kind === 'user') return `${not}user${between}${pick.of(USERS)}`
  if (kind === 'localuser') return `${not}localuser${between}${pick.of(['*', 'nobody', 'root'])}`
  return `${not}${kind}${between}${pick.of(LISTS)}`
}

function line(pick: Pick, includes: readonly string[]): string {
  const indent = pick.of(['', '  ', '\t', '    '])
  const between = pick.of([' ', ' ', ' ', '\t', '=', ' = ', '  '])
  const kind = pick.number(12)
  const end = pick.once(12) ? pick.of([' # a comment', '  ', '\t', '\r']) : ''
  if (kind < 3) return `${indent}${spelt('Host', pick)}${between}${pick.some(PATTERNS, 3).join(' ')}${end}`
  if (kind === 3)
    return `${indent}${spelt('Match', pick)} ${
      pick.once(6)
        ? 'all'
        : pick
            .some([0, 0], 2)
            .map(() => criterion(pick))
            .join(' ')
    }`
  if (kind === 4 && includes.length > 0)
    return `${indent}${spelt('Include', pick)}${between}${pick.some(includes, 2).join(' ')}`
  if (kind === 5) return pick.of(['', '# a comment', '   ', '\t# Host *'])
  const keyword = pick.of(Object.keys(VALUES))
  return `${indent}${spelt(keyword, pick)}${between}${pick.of(VALUES[keyword] as readonly string[])}${end}`
}

/** A config and the files that it includes, by their names in `folder`. */
export function sshConfigFiles(pick: Pick, folder: string): Record<string, string> {
  const text = (lines: number, includes: readonly string[]): string =>
    Array.from({ length: 1 + pick.number(lines) }, () => line(pick, includes)).join('\n')
  const inner = [join(folder, 'c.inc'), join(folder, 'none')]
  const outer = [
    join(folder, 'a.inc'),
    join(folder, '[ab].inc'),
    join(folder, '*.inc'),
    join(folder, '?.inc'),
    join(folder, 'b.in?'),
  ]
  return { config: `${text(14, outer)}\n`, 'a.inc': text(6, inner), 'b.inc': text(4, []), 'c.inc': text(4, []) }
}

const hashed = (name: string, pick: Pick): string => {
  const salt = Buffer.alloc(20, pick.number(256))
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}
const HOSTS = ['db', 'web', 'db.example.com', '10.0.0.1', '[db]:2222', '[10.0.0.1]:22', 'fe80::1', 'DB']
const HOST_PATTERNS = [...HOSTS, '*', 'd?', '*.example.com', '!db', '10.0.0.*', '[db]:*', '!*.example.com', 'DB*', '?b']

/** A known_hosts file; `keys`: public key lines without comments. */
export function knownHostsFile(pick: Pick, keys: readonly string[]): string {
  const entry = (): string => {
    if (pick.once(10))
      return pick.of([
        '',
        '# a comment',
        'db',
        'db ssh-ed25519',
        'nobody ssh-ed25519 AAAA',
        '@nonsense db ssh-rsa AAAA',
        '   ',
      ])
    // For OpenSSH, a marker followed by a tab is none if the line also has a space; for us it is one.
    const marker = pick.once(5) ? pick.of(['@revoked ', '@cert-authority ']) : ''
    const names = pick.once(3) ? hashed(pick.of(HOSTS), pick) : pick.some(HOST_PATTERNS, 3).join(',')
    const [type = '', data = ''] = pick.of(keys).split(' ')
    const key = `${type}${pick.of([' ', ' ', '\t', '  '])}${data}`
    return `${pick.once(10) ? '  ' : ''}${marker}${names}${pick.of([' ', ' ', '\t'])}${key}${pick.of(['', ' a comment', '\r', ' '])}`
  }
  return `${Array.from({ length: 1 + pick.number(12) }, entry).join('\n')}${pick.of(['\n', ''])}`
}
export const KNOWN_NAMES = HOSTS.filter((name) => name === name.toLowerCase())
