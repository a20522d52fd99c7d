import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeHostKey } from '../../../src/cloud/launch/host-key.ts'
import { Journal, type Launch, LedgerFile } from '../../../src/cloud/ledger/files.ts'
import { CloudError } from '../../../src/cloud/provider.ts'
import { ledgerPath, parseLedger, renderLedger } from '../../../src/inventory/cloud/ledger.ts'
import { rememberKeys, sandboxLogin } from '../../../src/sandbox/ssh-settings.ts'
import { boxPaths, hostPaths, writeRecord } from '../../../src/sandbox/state.ts'
import { account, entry } from './support.ts'

const test = suite('the ledger, the journal, and host keys')

const folder = mkdtempSync(join(tmpdir(), 'cloud-'))
test.after(() => rmSync(folder, { recursive: true }))

test('the ledger lies beside the inventory', () => {
  assert.is(ledgerPath('/x/inventory.json'), '/x/inventory.cloud.json')
  assert.is(ledgerPath('/x/prod.ts'), '/x/prod.cloud.json')
  assert.is(ledgerPath('/x.d/prod'), '/x.d/prod.cloud.json')
})

test('it is read as it was written, whatever came first', () => {
  const path = join(folder, 'a.cloud.json')
  const ledger = new LedgerFile(path, account)
  ledger.put('b', { ...entry, id: 'i-2' })
  ledger.put('a', entry)
  ledger.remove('b')
  ledger.put('b', { ...entry, id: 'i-3', generation: 2 })
  ledger.remove('a')
  const text = readFileSync(path, 'utf8')
  assert.is(renderLedger(parseLedger(text, 'a')), text)
  const again = new LedgerFile(path, account)
  assert.equal(Object.keys(again.hosts), ['b'])
  assert.is(again.generation('a'), 1)
  assert.is(again.generation('b'), 2)
  assert.equal(readdirSync(folder), ['a.cloud.json'])
})

const BROKEN: readonly (readonly [text: string, said: RegExp])[] = [
  ['{', /bad is not JSON: line 1/],
  ['[]', /bad is not what provision wrote there; provision refresh writes it again/],
  ['{"provider":"aws","cluster":"x","hosts":{"a":{"id":"i-1"}}}', /not what provision wrote/],
  [
    '{"provider":"aws","cluster":"x","hosts":{"a":{"id":"i-1","generation":1,"state":"odd"}}}',
    /not what provision wrote/,
  ],
  ...['"attached":"arn"', '"attached":[1]', '"away":"yes"', '"phase":"odd"', '"volumes":["vol-1",2]'].map(
    (odd): readonly [string, RegExp] => [
      `{"provider":"aws","cluster":"x","hosts":{"a":{"id":"i-1","generation":1,"state":"running",${odd}}}}`,
      /not what provision wrote/,
    ],
  ),
  [
    '{"provider":"aws","cluster":"x","format":2,"hosts":{}}',
    /^bad has "format", which this version of provision does not know: a newer one has written it, so update this one$/,
  ],
  [
    '{"provider":"aws","cluster":"x","hosts":{"a":{"id":"i-1","generation":1,"state":"asleep","since":1}}}',
    /^bad has "since", which .* update this one$/,
  ],
  [
    '{"provider":"aws","cluster":"x","hosts":{\n<<<<<<< HEAD\n"a":{}\n=======\n"b":{}\n>>>>>>> x\n}}',
    /bad is not JSON: line 2: git has left the marks of a merge here: resolve it; provision refresh writes it again/,
  ],
]
for (const [text, said] of BROKEN)
  test(`a ledger of ${text}`, () => assert.throws(() => parseLedger(text, 'bad'), said))

test('the journal holds a secret: only its user reads it', () => {
  const journal = new Journal({ ...account, region: 'eu-west-1' }, { XDG_STATE_HOME: folder })
  assert.is(journal.read('a'), undefined)
  journal.write({ order: { host: 'a', generation: 1 }, firstKey: 'k' } as Launch)
  assert.is(journal.read('a')?.firstKey, 'k')
  assert.equal(journal.hosts(), ['a'])
  const file = join(folder, 'provision', 'cloud', 'aws-eu-west-1-dc1', 'a.json')
  assert.is(statSync(file).mode & 0o777, 0o600)
  journal.remove('a')
  assert.equal(journal.hosts(), [])
})

for (const text of ['', '{"order": {', 'null', '{"order": {}}'])
  test(`a journal's file that says ${text || 'nothing'} is named, with what to do`, () => {
    const journal = new Journal({ ...account, region: 'eu-west-2' }, { XDG_STATE_HOME: folder })
    journal.write({ order: { host: 'a', generation: 1 }, firstKey: 'k' } as Launch)
    const file = join(folder, 'provision', 'cloud', 'aws-eu-west-2-dc1', 'a.json')
    writeFileSync(file, text)
    assert.throws(
      () => journal.read('a'),
      (error: Error) =>
        error instanceof CloudError &&
        error.message.startsWith(`${file} is not what provision wrote there about the launch of a: `),
    )
  })

test('the key that a sandbox host is known by is the one on its disk, which cloud-init has made anew', () => {
  const dir = join(folder, 'sandbox')
  const { mount, record } = hostPaths(dir, 'try', 'a', false)
  const first = { name: 'a', address: '10.77.3.2', light: false, made: true, hostKey: 'ssh-ed25519 OLD' }
  writeRecord(record, first)
  writeRecord(hostPaths(dir, 'try', 'b', false).record, { ...first, name: 'b', address: '10.77.3.3' })
  mkdirSync(join(mount, 'etc/ssh'), { recursive: true })
  writeFileSync(join(mount, 'etc/ssh/ssh_host_ed25519_key.pub'), 'ssh-ed25519 NEW root@a\n')
  rememberKeys('try', dir)
  const known = '10.77.3.2,a ssh-ed25519 NEW\n10.77.3.3,b ssh-ed25519 OLD\n'
  assert.is(readFileSync(boxPaths(dir, 'try').knownHosts, 'utf8'), known)
  assert.is(sandboxLogin('10.77.3.2', dir)?.hostKey, 'ssh-ed25519 NEW')
  assert.is(sandboxLogin('10.77.3.3', dir)?.hostKey, 'ssh-ed25519 OLD')
})

test('a host key is one that OpenSSH reads', () => {
  const { publicKey, privateKey } = makeHostKey()
  const parsed = ssh2.utils.parseKey(privateKey)
  assert.not(parsed instanceof Error)
  if (parsed instanceof Error) return
  assert.is(`${parsed.type} ${parsed.getPublicSSH().toString('base64')}`, publicKey)
  const signed = parsed.sign('x') as Buffer
  assert.ok(parsed.verify('x', signed))
})

test.run()
