import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeHostKey } from '../../../src/cloud/launch/host-key.ts'
import { Journal, type Launch, LedgerFile } from '../../../src/cloud/ledger/files.ts'
import { claim, type Found, look, sharing, whileLocked } from '../../../src/cloud/ledger/lock.ts'
import { ledgerPath, parseLedger, renderLedger } from '../../../src/inventory/cloud/ledger.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { rememberKeys, sandboxLogin } from '../../../src/sandbox/ssh-settings.ts'
import { boxPaths, hostPaths, writeRecord } from '../../../src/sandbox/state.ts'

const test = suite('what is written down of instances')
const folder = mkdtempSync(join(tmpdir(), 'cloud-'))
test.after(() => rmSync(folder, { recursive: true }))

const account = { provider: 'aws', cluster: 'dc1' } as const
const entry = {
  id: 'i-1',
  generation: 1,
  state: 'running',
  privateAddress: '10.0.1.5',
  hostKey: 'ssh-ed25519 AAAA',
  user: 'admin',
} as const

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

test('a lock names who holds it, and is nothing once that has ended', async () => {
  const file = join(folder, 'some.lock')
  const child = spawn('sleep', ['600'])
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  writeFileSync(`${file}.3`, `${child.pid} ${stat[19]}\n`)
  const work = async (): Promise<string> => 'done'
  await whileLocked(file, work).then(assert.unreachable, (error: Error) =>
    assert.match(error.message, new RegExp(`^process ${child.pid} is working on these instances`)),
  )
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.kill()
  await ended
  assert.is(await whileLocked(file, work), 'done')
  assert.is(await whileLocked(file, work), 'done')
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith('some.lock')),
    ['some.lock.5'],
  )
})

test('a process does not keep itself out, and what it does side by side shares a lock', async () => {
  const file = join(folder, 'shared.lock')
  assert.is(await whileLocked(file, () => whileLocked(file, async () => 'within')), 'within')
  assert.is(look(file).holder, undefined)
  const share = sharing(file)
  const holders: unknown[] = []
  const work = (ms: number) =>
    share(async () => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      holders.push(look(file).holder)
    })
  await Promise.all([work(1), work(30)])
  await work(1)
  assert.equal(holders, [process.pid, process.pid, process.pid])
  await new Promise((resolve) => setImmediate(resolve))
  assert.is(look(file).holder, undefined)
})

test('who waits for a lock gets it when it is let go', async () => {
  const file = join(folder, 'waited.lock')
  const child = spawn('sleep', ['600'])
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  writeFileSync(`${file}.1`, `${child.pid} ${stat[19]}\n`)
  const waits = whileLocked(file, async () => 'done', new AbortController().signal)
  await new Promise((resolve) => child.once('close', resolve).kill())
  assert.is(await waits, 'done')
})

test('two commands of one process do not write over each other', () => {
  const path = join(folder, 'both.cloud.json')
  const [one, two] = [new LedgerFile(path, account), new LedgerFile(path, account)]
  one.put('a', entry)
  two.put('b', entry)
  one.put('a', { ...entry, generation: 2 })
  assert.equal(Object.keys(new LedgerFile(path, account).hosts), ['a', 'b'])
})

// What three processes do that have found the same lock, whose holder had ended: A, B and C take it, in this order, and
// a small letter lets go of it.
const RACES: readonly (readonly [order: string, got: string])[] = [
  ['AB', 'A'],
  ['ABC', 'A'],
  ['AaB', 'A'],
  ['AaBC', 'A'],
  ['Aa*BC', 'A'],
  ['Aa**BC', 'A'],
]
for (const stale of [true, false])
  for (const [order, got] of RACES)
    test(`of those who find a lock ${stale ? 'of one that has ended' : 'that nobody held'}, one takes it: ${order}`, () => {
      const file = join(folder, `${order.replaceAll('*', 'x')}-${stale}.lock`)
      if (stale) writeFileSync(`${file}.7`, '4194304999 1\n')
      const found: Found = look(file)
      assert.equal(found, { generation: stale ? 7 : 0 })
      const took: string[] = []
      let release: (() => void) | undefined
      for (const each of order) {
        if (each === each.toUpperCase() && each !== '*') {
          const free = claim(file, found)
          if (free) took.push(each)
          release ??= free
        } else if (each === '*') {
          // somebody else comes and goes
          const free = claim(file, look(file))
          assert.ok(free)
          free?.()
        } else release?.()
      }
      assert.is(took.join(''), got)
      assert.equal(look(file).holder, order.includes('a') ? undefined : process.pid)
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

const inventory = (host: object, all: object = {}) =>
  JSON.stringify({ cloud: { sandbox: { cluster: 'dc1', ...all } }, hosts: { a: { cloud: true, roles: [], ...host } } })
const read = (host: object, hosts: Record<string, object>, all: object = {}) =>
  parseInventory(inventory(host, all), {
    path: '/x/inventory.json',
    roles: new Map(),
    ledger: parseLedger(JSON.stringify({ provider: 'sandbox', cluster: 'dc1', hosts }), 'x'),
  }).hosts[0]

const PLACED: readonly (readonly [
  what: string,
  host: object,
  ledger: Record<string, object>,
  all: object,
  expected: object,
])[] = [
  [
    'not launched',
    {},
    {},
    {},
    { address: '', privateAddress: '', absent: 'it is not launched yet: provision launch does that' },
  ],
  ['launched', {}, { a: entry }, {}, { address: '10.0.1.5', privateAddress: '10.0.1.5', absent: undefined }],
  [
    'reached from outside',
    {},
    { a: { ...entry, publicAddress: '203.0.113.7' } },
    { address: 'public' },
    { address: '203.0.113.7', privateAddress: '10.0.1.5', absent: undefined },
  ],
  [
    'stopped',
    {},
    { a: { ...entry, state: 'stopped' } },
    {},
    { address: '10.0.1.5', privateAddress: '10.0.1.5', absent: 'it is stopped: provision start starts it' },
  ],
  [
    'on its way',
    {},
    { a: { ...entry, hostKey: undefined } },
    {},
    {
      address: '10.0.1.5',
      privateAddress: '10.0.1.5',
      absent: 'its launch is not finished: provision launch continues it',
    },
  ],
  [
    'its private address is stated',
    { privateAddress: '10.0.1.9' },
    {},
    {},
    { address: '', privateAddress: '10.0.1.9', absent: 'it is not launched yet: provision launch does that' },
  ],
  [
    'its address is written',
    { address: 'a.example.com' },
    {},
    {},
    { address: 'a.example.com', privateAddress: 'a.example.com', absent: undefined },
  ],
]
for (const [what, host, ledger, all, expected] of PLACED)
  test(`where a host is: ${what}`, () => {
    const found = read(host, ledger, all)
    assert.equal({ address: found?.address, privateAddress: found?.privateAddress, absent: found?.absent }, expected)
  })

test('an address that was written down by itself may be out of date; one that was written by hand is not', () => {
  assert.match(read({}, { a: entry })?.remedy ?? '', /^if its instance has been stopped, ended or replaced .*refresh$/)
  assert.is(read({ address: 'a.example.com' }, { a: entry })?.remedy, undefined)
})

test('who logs in, and the host key, come from the ledger unless they are written', () => {
  assert.equal(read({}, { a: entry })?.ssh, { user: 'admin', hostKey: 'ssh-ed25519 AAAA' })
  assert.equal(read({ ssh: { user: 'me' } }, { a: entry })?.ssh, { user: 'me', hostKey: 'ssh-ed25519 AAAA' })
})

test('settings merge: all, then roles in their order, then the host', () => {
  const roles = new Map(['r', 's'].map((name) => [name, { name, after: [], recipes: [] }]))
  const all = { cluster: 'dc1', type: 'a', rootGb: 10, region: 'eu', subnets: ['subnet-1'] }
  const text = JSON.stringify({
    cloud: { sandbox: all },
    roles: { r: { cloud: { type: 'b', rootGb: 30 } }, s: { cloud: { type: 'c' } } },
    hosts: {
      'x-1..2': { cloud: { subnets: ['subnet-2'] }, roles: ['r', 's'] },
      y: { cloud: false, address: 'y', roles: [] },
    },
  })
  const { hosts, cloud } = parseInventory(text, { path: '/x/inventory.json', roles })
  assert.equal(
    hosts.map(({ name, cloud: own }) => [name, own?.type, own?.rootGb, own?.subnets, own?.metadataHops]),
    [
      ['x-1', 'c', 30, ['subnet-2'], 1],
      ['x-2', 'c', 30, ['subnet-2'], 1],
      ['y', undefined, undefined, undefined, undefined],
    ],
  )
  assert.equal(cloud, { provider: 'sandbox', cluster: 'dc1', region: 'eu' })
})

test('a ledger of another cluster is a mistake', () => {
  const of = (hosts: object) => parseLedger(JSON.stringify({ provider: 'aws', cluster: 'old', hosts }), 'x')
  const read = (hosts: object) =>
    parseInventory(inventory({}), { path: '/x/inventory.json', roles: new Map(), ledger: of(hosts) })
  assert.throws(
    () => read({ a: { id: 'i-1', generation: 1, state: 'running' } }),
    /cloud\.sandbox\.cluster {3}is "dc1", and the file of instances beside it is of "old"/,
  )
  // what that advises to has been done
  assert.is(read({}).cloud?.cluster, 'dc1')
})

test.run()
