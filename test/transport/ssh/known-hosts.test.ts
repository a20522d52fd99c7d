import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprint, hostKeys, keyType, matchesHost, rememberHostKey } from '../../../src/transport/ssh/known-hosts.ts'
import { TransportError } from '../../../src/transport/transport.ts'
import { generateKey } from '../../support/test-home.ts'

const test = suite('transport/ssh/known-hosts')
const dir = mkdtempSync(join(tmpdir(), 'provision-known-'))
test.after(() => rmSync(dir, { recursive: true }))

const publicKey = (): { line: string; blob: Buffer } => {
  const line = generateKey().public.split(' ').slice(0, 2).join(' ')
  return { line, blob: Buffer.from(line.split(' ')[1] as string, 'base64') }
}
const HERS = publicKey()
const OTHER = publicKey()
/** As OpenSSH writes it; only its type differs from ours. */
const RSA = {
  line: `ssh-rsa ${Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from('ssh-rsa'), Buffer.alloc(20, 1)]).toString('base64')}`,
}

const TOKEN = {
  line: `sk-ssh-ed25519@openssh.com ${Buffer.concat([Buffer.from([0, 0, 0, 26]), Buffer.from('sk-ssh-ed25519@openssh.com'), Buffer.alloc(20, 1)]).toString('base64')}`,
}

const hash = (name: string): string => {
  const salt = Buffer.alloc(20, 7)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

let n = 0
const check = (
  text: string,
  options: { knownAs?: string; acceptNew?: boolean; hostKey?: string; hostKeyRemarks?: string[] } = {},
): string => {
  n += 1
  const file = join(dir, `known_hosts.${n}`)
  writeFileSync(file, text)
  const { knownAs = 'db.example.com', acceptNew = false, ...pin } = options
  try {
    return hostKeys({
      where: 'db.example.com:22',
      knownAs,
      knownHostsFiles: [file, '/proc/nowhere/known_hosts'],
      acceptNew,
      ...pin,
    }).check(HERS.blob)
  } catch (error) {
    assert.instance(error, TransportError)
    assert.is((error as TransportError).failure, 'host-key')
    return (error as Error).message.replaceAll(file, 'FILE')
  }
}

const verdicts: readonly [
  name: string,
  text: string,
  verdict: string | RegExp,
  options?: Parameters<typeof check>[1],
][] = [
  ['plain', `db.example.com ${HERS.line}\n`, 'known'],
  ['with a comment and blank lines', `# mine\n\ndb.example.com ${HERS.line} alice@laptop\n`, 'known'],
  ['one of several names', `db,db.example.com,10.0.0.1 ${HERS.line}\n`, 'known'],
  ['in capitals', `DB.Example.com ${HERS.line}\n`, 'known'],
  ['wildcard', `*.example.com ${HERS.line}\n`, 'known'],
  ['one character', `d?.example.com ${HERS.line}\n`, 'known'],
  ['negated', `*.example.com,!db.example.com ${HERS.line}\n`, /not known/],
  ['hashed', `${hash('db.example.com')} ${HERS.line}\n`, 'known'],
  ['hashed, another host', `${hash('web.example.com')} ${HERS.line}\n`, /not known/],
  ['a dot is a dot', `dbxexample.com ${HERS.line}\n`, /not known/],
  ['another port', `[db.example.com]:2222 ${HERS.line}\n`, 'known', { knownAs: '[db.example.com]:2222' }],
  [
    'hashed with its port',
    `${hash('[db.example.com]:2222')} ${HERS.line}\n`,
    'known',
    { knownAs: '[db.example.com]:2222' },
  ],
  [
    'known on port 22, asked on another',
    `db.example.com ${HERS.line}\n`,
    'known',
    { knownAs: '[db.example.com]:2222' },
  ],
  ['known on another port, asked on 22', `[db.example.com]:2222 ${HERS.line}\n`, /not known/],
  ['brackets are no wildcard', `[dx]b.example.com ${HERS.line}\n`, /not known/],
  ['one of two keys', `db.example.com ${OTHER.line}\ndb.example.com ${HERS.line}\n`, 'known'],
  ['only another type is known', `db.example.com ${RSA.line}\n`, /FILE:1 knows it by ssh-rsa SHA256:/],
  [
    'unknown',
    '',
    /not known; it shows the ssh-ed25519 key SHA256:.*ssh-keyscan db\.example\.com >> FILE.*hostKey.*accept-new/,
  ],
  ['unknown, another port', '', /ssh-keyscan -p 2222 db\.example\.com >> FILE/, { knownAs: '[db.example.com]:2222' }],
  ['unknown, accept-new', '', 'new', { acceptNew: true }],
  [
    'changed',
    `\ndb.example.com ${OTHER.line}\n`,
    /shows the ssh-ed25519 key SHA256:\S+, but FILE:2 knows it by ssh-ed25519 SHA256:.*ssh-keygen -R 'db\.example\.com'/,
  ],
  ['changed, accept-new', `db.example.com ${OTHER.line}\n`, /FILE:1 knows it by/, { acceptNew: true }],
  ['another type, accept-new', `db.example.com ${RSA.line}\n`, /FILE:1 knows it by/, { acceptNew: true }],
  ['revoked', `db.example.com ${HERS.line}\n@revoked * ${HERS.line}\n`, /revoked in FILE:2/],
  ['revoked, accept-new', `@revoked * ${HERS.line}\n`, /revoked in FILE:1/, { acceptNew: true }],
  ['another key is revoked', `@revoked * ${OTHER.line}\ndb.example.com ${HERS.line}\n`, 'known'],
  [
    'a certificate authority is no host key',
    `@cert-authority *.example.com ${HERS.line}\n`,
    /certified by an authority \(@cert-authority in FILE:1\), which cannot be checked here.*hostKey/,
  ],
  [
    'a certificate authority, accept-new',
    `@cert-authority *.example.com ${HERS.line}\n`,
    /certified by an authority/,
    { acceptNew: true },
  ],
  [
    'a certificate authority, and the key itself',
    `@cert-authority * ${OTHER.line}\ndb.example.com ${HERS.line}\n`,
    'known',
  ],
  ['a certificate authority of other hosts', `@cert-authority *.org ${HERS.line}\n`, /not known/],
  ['a key of a token beside it', `db.example.com ${HERS.line}\ndb.example.com ${TOKEN.line}\n`, 'known'],
  ['only a key of a token', `db.example.com ${TOKEN.line}\n`, /not known/],
  ["a type that is not the key's", `db.example.com ssh-rsa ${HERS.line.split(' ')[1]}\n`, /not known/],
  [
    'what is not followed of the config',
    '',
    /\(KnownHostsCommand of ssh_config is not followed\): compare/,
    { hostKeyRemarks: ['KnownHostsCommand of ssh_config is not followed'] },
  ],
  ['broken lines', `db.example.com\ndb.example.com ssh-ed25519\n|1|x ssh-ed25519 AAAA\n`, /not known/],
  ['pinned', `db.example.com ${OTHER.line}\n`, 'known', { hostKey: HERS.line }],
  ['pinned with a comment', '', 'known', { hostKey: `${HERS.line} root@db` }],
  ['pinned, but another', `db.example.com ${HERS.line}\n`, /pinned for it in the inventory/, { hostKey: OTHER.line }],
  ['pinned, accept-new', '', /pinned for it/, { hostKey: OTHER.line, acceptNew: true }],
  ['pinned nonsense', '', /is not a public key of the form/, { hostKey: 'SHA256:abc' }],
]
for (const [name, text, verdict, options] of verdicts) {
  test(name, () => {
    const said = check(text, options)
    if (typeof verdict === 'string') assert.is(said, verdict)
    else assert.match(said, verdict)
  })
}

test('a refusal names the fingerprints of both keys', () => {
  const said = check(`db.example.com ${OTHER.line}\n`)
  assert.ok(said.includes(fingerprint(HERS.blob)))
  assert.ok(said.includes(fingerprint(OTHER.blob)))
})

test('the types that are known are asked for first', () => {
  const file = join(dir, 'types')
  writeFileSync(file, `db ${RSA.line}\n@revoked db ${OTHER.line}\ndb ${TOKEN.line}\n`)
  const types = (knownAs: string): readonly string[] =>
    hostKeys({ where: '', knownAs, knownHostsFiles: [file], acceptNew: false }).types
  assert.equal(types('db'), ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'])
  assert.equal(types('[db]:2222'), ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'])
  assert.equal(types('web'), [])
})

test('what ssh-keygen -H writes is understood', () => {
  // Made by OpenSSH 9.2 with `ssh-keygen -H`, for a host called example.org.
  assert.is(matchesHost('|1|M9xkNNyh2xacepGHc+R3XDftW98=|5tsUiOqCjgX/xE2+Hoso8SfIzOA=', 'example.org'), true)
  assert.is(matchesHost('|1|M9xkNNyh2xacepGHc+R3XDftW98=|5tsUiOqCjgX/xE2+Hoso8SfIzOA=', 'example.com'), false)
})

test('a key taken on trust is remembered once, in a private file', () => {
  const file = join(dir, 'new', 'known_hosts')
  rememberHostKey(file, '[db]:2222', HERS.blob)
  rememberHostKey(file, '[db]:2222', HERS.blob)
  rememberHostKey(file, 'web', OTHER.blob)
  assert.is(readFileSync(file, 'utf8'), `[db]:2222 ${HERS.line}\nweb ${OTHER.line}\n`)
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.is(statSync(join(dir, 'new')).mode & 0o777, 0o700)
})

test('a file without a last line feed is continued on a new line', () => {
  const file = join(dir, 'open')
  writeFileSync(file, `web ${OTHER.line}`)
  rememberHostKey(file, 'db', HERS.blob)
  assert.is(readFileSync(file, 'utf8'), `web ${OTHER.line}\ndb ${HERS.line}\n`)
})

test('a key that is none has no type', () => {
  assert.is(keyType(Buffer.alloc(2)), 'unknown')
  assert.is(keyType(HERS.blob), 'ssh-ed25519')
})

test.run()
