import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from '../../src/cli/cli.ts'
import { hostsOf, isHost } from '../../src/cli/init/host-words.ts'
import { wordsOf } from '../../src/cli/init/init.ts'
import { originOf } from '../../src/cli/init/origin.ts'

const test = suite('init: words')

const web = (i: number): string => `web-${i + 1}`
const hosts: readonly (readonly [words: string, ...is: readonly object[]])[] = [
  ['10.0.0.4', { name: 'web-1', address: '10.0.0.4' }],
  ['admin@10.0.0.4', { name: 'web-1', address: '10.0.0.4', user: 'admin' }],
  ['db=ec2-user@10.0.0.4:2222', { name: 'db', address: '10.0.0.4', user: 'ec2-user', port: 2222 }],
  ['Front.example.com', { name: 'front', address: 'Front.example.com' }],
  ['2001:db8::1', { name: 'web-1', address: '2001:db8::1' }],
  ['admin@[2001:db8::1]:22', { name: 'web-1', address: '2001:db8::1', user: 'admin', port: 22 }],
  ['a=10.0.0.4 10.0.0.5', { name: 'a', address: '10.0.0.4' }, { name: 'web-2', address: '10.0.0.5' }],
  [
    '10.0.0.4:22 10.0.0.4:23',
    { name: 'web-1', address: '10.0.0.4', port: 22 },
    { name: 'web-2', address: '10.0.0.4', port: 23 },
  ],
]

for (const [words, ...is] of hosts) test(words, () => assert.equal(hostsOf(words.split(' '), web, true), is))

test('a name that is not taken from the address', () =>
  assert.equal(
    hostsOf(['front.example.com'], (i) => `master-${i + 1}`, false),
    [{ name: 'master-1', address: 'front.example.com' }],
  ))

const mistakes: readonly (readonly [words: string, says: RegExp])[] = [
  ['admin@', /^"admin@" is not a host: "" is neither an IP address nor a name; write /],
  ['10.0.0.300', /"10\.0\.0\.300" is neither an IP address nor a name/],
  ['Web=10.0.0.4', /"Web" is not a name made of lower-case letters, digits and dashes/],
  ['=10.0.0.4', /"" is not a name/],
  ['@10.0.0.4', /"" is not a user name/],
  ['10.0.0.4:0', /0 is not a port/],
  ['10.0.0.4:65536', /65536 is not a port/],
  ['10.0.0.4:ssh', /"10\.0\.0\.4:ssh" is neither an IP address nor a name/],
  ['[10.0.0.4', /is neither an IP address nor a name/],
  ['web.a.org web.b.org', /^"web\.a\.org" and "web\.b\.org" would both be named web: write NAME=…$/],
  ['a=10.0.0.4 b=admin@10.0.0.4', /^"a=10\.0\.0\.4" and "b=admin@10\.0\.0\.4" are the same host$/],
  ['ssh://10.0.0.4', /neither/],
]
for (const [words, says] of mistakes) {
  test(`${words} is a mistake`, () => {
    assert.throws(() => hostsOf(words.split(' '), web, true), says)
  })
}

const firsts: readonly (readonly [word: string, host: boolean])[] = [
  ['my-servers', false],
  ['web.example.com', false],
  ['./a@b', false],
  ['/srv/10.0.0.4', false],
  ['a@b', true],
  ['web=front', true],
  ['10.0.0.4', true],
  ['10.0.0.4:22', true],
  ['::1', true],
]
for (const [word, host] of firsts) {
  test(`${word} as the first word is a ${host ? 'host' : 'folder'}`, () => {
    assert.is(isHost(word), host)
    assert.equal(wordsOf([word, 'b']), host ? { folder: '.', hosts: [word, 'b'] } : { folder: word, hosts: ['b'] })
  })
}

const base = realpathSync(mkdtempSync(join(tmpdir(), 'init-')))
test.after(() => rmSync(base, { recursive: true }))
const FILE = join(base, 'provision-ssh-1.2.3.tgz')
writeFileSync(FILE, '')
const origins: readonly (readonly [what: string, resolved: string | undefined, spec: string, guessed: boolean])[] = [
  ['a registry', 'https://registry.example.com/provision-ssh/-/provision-ssh-1.2.3.tgz', '1.2.3', false],
  ['a file', 'file:../provision-ssh-1.2.3.tgz', `file:${FILE}`, false],
  ['a file that has gone', 'file:../../gone.tgz', '1.2.3', true],
  ['a repository', 'git+ssh://git@example.com/a.git#abc', 'git+ssh://git@example.com/a.git#abc', false],
  ['somewhere, globally', undefined, '1.2.3', true],
]
for (const [what, resolved, spec, guessed] of origins) {
  test(`installed from ${what}`, () => {
    const modules = join(base, what.replaceAll(' ', '-'), 'node_modules')
    mkdirSync(modules, { recursive: true })
    const lock = { packages: { 'node_modules/provision-ssh': { resolved } } }
    if (resolved !== undefined) writeFileSync(join(modules, '.package-lock.json'), JSON.stringify(lock))
    assert.equal(originOf(join(modules, 'provision-ssh'), 'provision-ssh', '1.2.3'), { spec, guessed })
  })
}
test('a checkout', () =>
  assert.equal(originOf('/src/provision', 'provision-ssh', '1.2.3'), { spec: 'file:/src/provision', guessed: false }))

const unclear: readonly (readonly [words: readonly string[], says: string])[] = [
  [['web1.example.com'], '"web1.example.com" is taken as the folder, and init needs at least one host: '],
  [['', '10.0.0.4'], 'an argument is empty: is a variable of your shell unset?'],
  [['servers', ''], 'an argument is empty: is a variable of your shell unset?'],
]
for (const [words, says] of unclear)
  test(`init ${words.map((word) => `"${word}"`).join(' ')} makes nothing`, async () => {
    let said = ''
    const write = (text: string): void => {
      said += text
    }
    assert.is(await cli(['init', ...words], { stdout: { write }, stderr: { write }, env: {}, cwd: base }), 3)
    assert.ok(said.startsWith(`provision: ${says}`), said)
  })

test('a folder that takes no others ends it: Node alone would try for ever', async () => {
  let said = ''
  const write = (text: string): void => {
    said += text
  }
  const io = { stdout: { write }, stderr: { write }, env: {}, cwd: base }
  assert.is(await cli(['init', '/proc/no/such', '10.0.0.4'], io), 3)
  assert.match(said, /^provision: nothing was made in \/proc\/no\/such: [^\n]+\n$/)
})

test.run()
