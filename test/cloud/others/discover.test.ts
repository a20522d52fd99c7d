import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { terminate } from '../../../src/cloud/ending/terminate.ts'
import type { CloudResult } from '../../../src/cloud/events.ts'
import type { Ground } from '../../../src/cloud/ground.ts'
import { makeHostKey } from '../../../src/cloud/launch/host-key.ts'
import { type Declared, inCloud, launch } from '../../../src/cloud/launch/launch.ts'
import { compare } from '../../../src/cloud/ledger/compare.ts'
import { refresh } from '../../../src/cloud/ledger/refresh.ts'
import { launchedHere } from '../../../src/cloud/others/all.ts'
import { hostKeyIn, hostKeyOf } from '../../../src/cloud/others/console-keys.ts'
import { GROUP_TAG, membersOf, nameOf } from '../../../src/cloud/others/members.ts'
import { type Instance, TAG } from '../../../src/cloud/provider.ts'
import type { Ledger } from '../../../src/inventory/cloud/ledger.ts'
import { InventoryError } from '../../../src/inventory/errors.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { select } from '../../../src/inventory/select.ts'
import type { Discovery } from '../../../src/model/cloud.ts'
import { defineRecipe, defineRole } from '../../../src/model/define-recipe.ts'
import { ACCOUNT, groundIn, written } from '../../support/cloud-ground.ts'
import { Killed, MemoryCloud, printed } from '../../support/memory-cloud.ts'
import { quickFolder } from '../../support/quick-folder.ts'

const test = suite('instances that others launched')
const folder = quickFolder('discover')
test.after(() => rmSync(folder, { recursive: true }))

const KEY = makeHostKey().publicKey
const OTHER = makeHostKey().publicKey
const ECDSA = `ecdsa-sha2-nistp256 ${Buffer.concat(
  ['ecdsa-sha2-nistp256', 'nistp256', 'x'.repeat(65)].map((each) => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(each.length)
    return Buffer.concat([size, Buffer.from(each)])
  }),
).toString('base64')}`
const [BEGIN = '', , END = ''] = printed(KEY)

const CONSOLES: readonly (readonly [what: string, lines: readonly string[], key: string | undefined])[] = [
  ['a block', ['Debian GNU/Linux 12', ...printed(KEY), 'login:'], KEY],
  ['of several kinds, ed25519 first', [BEGIN, `${ECDSA} root@a`, `${KEY} root@a`, END], KEY],
  ['what there is of others', [BEGIN, `${ECDSA} root@a`, END], ECDSA],
  ['lines with marks of time', printed(KEY).map((line) => `[   17.123456] cloud-init[612]: ${line}\r`), KEY],
  ['a key that runs into the end', [BEGIN, `${KEY}${END}`], KEY],
  ['no end yet', [BEGIN, `${KEY} root@a`], undefined],
  ['no beginning any more', [`${KEY} root@a`, END], undefined],
  ['a key outside', [`${KEY} root@a`, BEGIN, END, `${KEY} root@a`], undefined],
  ['half a key', [BEGIN, KEY.slice(0, 60), END], undefined],
  [
    'a key with a line of another program in it',
    [BEGIN, `${KEY.slice(0, 40)}[ 3.1] x ${KEY.slice(40)}`, END],
    undefined,
  ],
  ['two that contradict each other', [BEGIN, KEY, OTHER, END], undefined],
  ['the same twice', [BEGIN, KEY, KEY, END], KEY],
  ['two boots: the last', [...printed(OTHER), ...printed(KEY)], KEY],
  ['fingerprints alone', ['-----BEGIN SSH HOST KEY FINGERPRINTS-----', '256 SHA256:x root@a (ED25519)'], undefined],
  ['nothing', [], undefined],
]
for (const [what, lines, key] of CONSOLES) test(`a console with ${what}`, () => assert.is(hostKeyIn(lines), key))

test('a tag holds a host key, or none', () => {
  assert.is(hostKeyOf(`${KEY} root@a`), KEY)
  for (const tag of [undefined, '', 'AAAA', KEY.slice(0, 50)]) assert.is(hostKeyOf(tag), undefined)
})

const NAMES: readonly (readonly [role: string, id: string, taken: readonly string[], name: string])[] = [
  ['slave', 'i-0123456789abcdef0', [], 'slave-9abcdef0'],
  ['slave', 'i-0123456789abcdef0', ['slave-9abcdef0'], 'slave-0123456789abcdef0'],
  ['My_Role', 'i-0123456789abcdef0', [], 'my-role-9abcdef0'],
  ['slave', 'i-1', [], 'slave-1'],
]
for (const [role, id, taken, name] of NAMES)
  test(`the host of ${id} as ${role}: ${name}`, () =>
    assert.is(
      nameOf(role, id, (each) => taken.includes(each)),
      name,
    ))

const rule = (role: string): Discovery => ({ role, roles: [role], tags: {}, host: {} as Discovery['host'] })
const instance = (id: string, more: Partial<Instance> = {}): Instance => ({ id, state: 'running', tags: {}, ...more })
const known = (id: string, role?: string) =>
  ({ id, generation: 1, state: 'running', ...(role === undefined ? {} : { role }) }) as const

const MEMBERS: readonly (readonly [
  what: string,
  found: readonly (readonly [role: string, ...instances: readonly Instance[]])[],
  ledger: Ledger['hosts'],
  names: readonly string[],
  wrong?: RegExp,
])[] = [
  ['new ones', [['s', instance('i-b'), instance('i-a')]], {}, ['s-a', 's-b']],
  ['a known one keeps its name', [['s', instance('i-a')]], { old: known('i-a', 's') }, ['old']],
  ['a name that a host of ours has', [['s', instance('i-123456789')]], { 's-23456789': known('i-9') }, ['s-123456789']],
  ['one that ends', [['s', instance('i-a', { state: 'ending' })]], { 's-a': known('i-a', 's') }, []],
  ['one that provision launched', [['s', instance('i-a', { tags: { [TAG.host]: 'x' } })]], {}, []],
  ['one that is stopped', [['s', instance('i-a', { state: 'stopped' })]], {}, ['s-a']],
  [
    'one for two roles',
    [
      ['s', instance('i-a')],
      ['t', instance('i-a')],
    ],
    {},
    [],
    /^i-a is found for s and t, and is/,
  ],
  [
    'names that end alike',
    [['s', instance('i-112345678'), instance('i-212345678')]],
    {},
    ['s-12345678', 's-212345678'],
  ],
]
for (const [what, found, ledger, names, wrong] of MEMBERS)
  test(`hosts: ${what}`, () => {
    const all = found.map(([role, ...instances]) => ({ rule: rule(role), instances }))
    const got = membersOf(all, ledger, (name) => Object.hasOwn(ledger, name) && ledger[name]?.role === undefined)
    assert.equal(
      got.members.map(({ name }) => name),
      names,
    )
    assert.is(got.wrong.length, wrong ? 1 : 0)
    if (wrong) assert.match(got.wrong[0] ?? '', wrong)
  })

const web = defineRecipe({
  name: 'web',
  attributes: v.object({ port: v.optional(v.number(), 80) }),
  resources: () => [],
  check: (cluster) =>
    cluster
      .withRecipe('web')
      .flatMap(({ name, vars }) =>
        vars.web?.port === 81 ? [{ path: `hosts.${name}.vars.web.port`, message: 'is 81' }] : [],
      ),
})
const roles = new Map(
  ['web', 'plain'].map((name) => [name, defineRole({ name, recipes: name === 'web' ? [web] : [] })]),
)
const document = (more: object = {}, hosts: object = {}) => ({
  cloud: { aws: { cluster: 'dc1', type: 't3.small', subnets: ['subnet-a'], securityGroups: ['sg-1'] } },
  roles: { web: { cloud: { discover: { group: 'web' } }, ssh: { hostKeyCheck: 'strict' }, ...more } },
  hosts: { old: { address: '10.0.8.1', roles: ['plain'] }, ...hosts },
})
const parse = (file: object, hosts: Ledger['hosts'] = {}) =>
  parseInventory(JSON.stringify(file), {
    path: join(folder, 'inventory.json'),
    roles,
    ledger: { ...ACCOUNT, hosts, ended: {} },
  })
const entry = { ...known('i-a', 'web'), privateAddress: '10.0.9.1', hostKey: KEY, user: 'admin' }

test('what the ledger knows is a host of the role', () => {
  const { hosts } = parse(document({ vars: { web: { port: 8080 } } }), { 'web-a': entry })
  const host = hosts.find(({ name }) => name === 'web-a')
  assert.equal(host?.roles, ['web'])
  assert.equal(host?.vars, { web: { port: 8080 } })
  assert.equal([host?.address, host?.ssh.user, host?.ssh.hostKey, host?.discovered], ['10.0.9.1', 'admin', KEY, true])
  assert.equal(
    hosts.map(({ name }) => name),
    ['old', 'web-a'],
  )
})

const NO_HOSTS: readonly (readonly [what: string, file: object, entry: Ledger['hosts'][string]])[] = [
  ['one that leaves', document(), { ...entry, phase: 'leaves' }],
  ['one that nobody looks for any more', document({ cloud: {} }), entry],
]
for (const [what, file, of] of NO_HOSTS)
  test(`no host: ${what}`, () => assert.is(parse(file, { 'web-a': of }).hosts.length, 1))

const ABSENT: readonly (readonly [what: string, more: Partial<typeof entry>, said: RegExp])[] = [
  ['stopped', { state: 'stopped' as 'running' }, /^it is stopped: start it where it was launched/],
]
for (const [what, more, said] of ABSENT)
  test(`one ${what} is not there`, () => {
    const { hostKey, ...rest } = { ...entry, ...more }
    const one = { ...rest, ...(hostKey === undefined ? {} : { hostKey }) }
    assert.match(parse(document(), { 'web-a': one }).host('web-a').absent ?? '', said)
  })

const WRONG: readonly (readonly [what: string, file: object, mistakes: readonly string[]])[] = [
  ['a variable', document({ vars: { web: { port: 'x' } } }), ['roles.web.vars.web.port must be a number, not "x"']],
  ['what only a recipe sees', document({ vars: { web: { port: 81 } } }), ['roles.web.vars.web.port is 81']],
  [
    'its name',
    document({}, { 'web-a': { address: '10.0.8.2', roles: [] } }),
    ['hosts.web-a is the name of i-a of others, too, which is a host of web: take another name'],
  ],
  [
    'its address',
    document({}, { b: { address: '10.0.9.1', roles: [] } }),
    ['hosts.b.address is the same as that of web-a (10.0.9.1, port 22)'],
  ],
]
for (const [what, file, mistakes] of WRONG)
  test(`mistakes are told where the file has them: ${what}`, () => {
    try {
      parse(file, { 'web-a': entry })
      assert.unreachable()
    } catch (error) {
      assert.instance(error, InventoryError)
      const found = (error as InventoryError).mistakes.map(({ path, message }) => `${path} ${message}`)
      assert.equal(found, mistakes)
    }
  })

test('a role that has no host yet can be found', () =>
  assert.throws(
    () => select(parse(document()), { roles: ['web'] }),
    /^.*no host has the role "web" yet: provision refresh/,
  ))

type Work = (ground: Ground, hosts: readonly Declared[]) => Promise<unknown>
let stories = 0

/** A group with a host `a` that others launched, and what commands make of it. */
function story(file: object = document()) {
  const cloud = new MemoryCloud()
  cloud.groups.make('web')
  const place = join(folder, String(++stories))
  const ledger = () => written(place).ledger.hosts
  const told: string[] = []
  const run = async <T>(work: (ground: Ground, hosts: readonly Declared[]) => Promise<T>): Promise<T> => {
    const cluster = parse(file, ledger())
    const tell: Ground['tell'] = (event) => void (event.event === 'warning' && told.push(event.text))
    const { transport } = cloud
    const ground = groundIn(place, { cluster, provider: cloud.provider(), transport, pace: 1, tell })
    return work(ground, inCloud(cluster.hosts))
  }
  return { cloud, run, ledger, told }
}
const refreshing = (ground: Ground): Promise<readonly CloudResult[]> => refresh(ground, false)
const outcome = (results: readonly CloudResult[], host: string) =>
  results.flatMap((each) => (each.host === host ? [each.outcome, each.text] : []))

test('a new one is taken in, stays, and is dropped when it has ended', async () => {
  const { cloud, run, ledger } = story()
  const machine = cloud.others('i-0000aaaa', { [GROUP_TAG]: 'web' })
  cloud.others('i-0000bbbb', { [GROUP_TAG]: 'another' })
  assert.equal(outcome(await run(refreshing), 'web-0000aaaa'), ['found', 'i-0000aaaa, web'])
  const [name, of] = Object.entries(ledger())[0] ?? []
  assert.equal([name, of?.role, of?.group, of?.hostKey, of?.user], ['web-0000aaaa', 'web', 'web', machine.key, 'admin'])
  machine.console = ['long forgotten']
  assert.equal(outcome(await run(refreshing), 'web-0000aaaa'), ['there', 'i-0000aaaa running, web'])
  assert.equal(
    (await run(compare)).map(({ host, note }) => [host, note]),
    [['web-0000aaaa', '']],
  )
  machine.instance = { ...machine.instance, state: 'ended' }
  assert.equal(
    (await run(compare)).map(({ note }) => note),
    ['gone: provision refresh'],
  )
  assert.equal(outcome(await run(refreshing), 'web-0000aaaa'), ['gone', 'i-0000aaaa is gone'])
  assert.equal(ledger(), {})
})

const KEYLESS: readonly (readonly [what: string, make: (cloud: MemoryCloud) => void, outcome: string, said: RegExp])[] =
  [
    [
      'has not printed its keys yet',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' }, { launched: Date.now() }).console = []
      },
      'awaited',
      /^i-1 has not printed its host keys yet, \d+ s after its launch$/,
    ],
    [
      'never prints them',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' }).console = []
      },
      'refused',
      /^the console of i-1 shows no host keys .* put it into its tag provision:host-key$/,
    ],
    [
      'shows another one',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' }).key = OTHER
      },
      'refused',
      /^at 10\.0\.9\.1 a machine answers that shows another host key than i-1: nothing was sent to it$/,
    ],
    [
      'has no address',
      (cloud) => void cloud.others('i-1', { [GROUP_TAG]: 'web' }, { privateAddress: undefined as never }),
      'refused',
      /^i-1 has no private address: set "address"$/,
    ],
    [
      'boots still',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' })
        cloud.cloudInit = 'late'
      },
      'awaited',
      /^cloud-init has not finished on i-1 after 60 s$/,
    ],
    [
      'did not boot well',
      (cloud) => {
        cloud.others('i-1', { [GROUP_TAG]: 'web' })
        cloud.cloudInit = 'failed\nno such package'
      },
      'refused',
      /^cloud-init failed on i-1, which stays to be looked at: no such package/,
    ],
  ]
for (const [what, make, expected, said] of KEYLESS)
  test(`one that ${what}: ${expected}`, async () => {
    const { cloud, run, ledger } = story()
    make(cloud)
    const [is, text] = outcome(await run(refreshing), 'web-1')
    assert.equal([is, ledger()['web-1']?.id], [expected, 'i-1'], text)
    assert.match(text ?? '', said)
    assert.is(ledger()['web-1']?.hostKey, undefined)
  })

test('its tag may hold the key that its console does not show', async () => {
  const { cloud, run, ledger } = story()
  const machine = cloud.others('i-1', { [GROUP_TAG]: 'web' })
  machine.console = []
  machine.instance = { ...machine.instance, tags: { ...machine.instance.tags, [TAG.hostKey]: machine.key } }
  assert.equal(outcome(await run(refreshing), 'web-1')[0], 'found')
  assert.is(ledger()['web-1']?.hostKey, machine.key)
})

test('tags that no instance has are said', async () => {
  const { run, told } = story(document({ cloud: { discover: { tags: { Env: 'live', Part: 'x' } } } }))
  await run(refreshing)
  assert.equal(told, ['no instance that others launched has the tags of "discover" of web: Env=live, Part=x'])
})

test('it is neither launched, nor stopped, nor ended here', async () => {
  const byTags = document({ cloud: { discover: { tags: { Env: 'live' } } } }, { 'ours-1': { cloud: true, roles: [] } })
  const { cloud, run, ledger, told } = story(byTags)
  cloud.others('i-1', { Env: 'live' })
  await run(refreshing)
  const launching: Work = (ground, hosts) => launch(ground, launchedHere(ground, hosts), true)
  assert.equal(
    ((await run(launching)) as CloudResult[]).map(({ host }) => host),
    ['ours-1'],
  )
  assert.equal(told, ['left alone, because others launched them: web-1'])
  const all = await run((ground) => terminate(ground, { allow: [], dry: false }))
  assert.equal(all, [])
  const named = await run((ground) => terminate(ground, { hosts: ['web-1'], allow: [], dry: false }))
  assert.equal(outcome(named, 'web-1'), [
    'refused',
    'others launched i-1: terminate it where it was launched, then run provision refresh',
  ])
  assert.equal([cloud.live().length, Object.keys(ledger())], [1, ['web-1']])
})

test('killed at any call, the next look ends with the same', async () => {
  const calls = async (): Promise<number> => {
    const { cloud, run } = story()
    cloud.others('i-1', { [GROUP_TAG]: 'web' })
    await run(refreshing)
    return cloud.calls
  }
  for (let call = 1; call <= (await calls()); call++)
    for (const done of [false, true]) {
      const { cloud, run, ledger } = story()
      const machine = cloud.others('i-1', { [GROUP_TAG]: 'web' })
      cloud.killAt = { call, done }
      await run(refreshing).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
      cloud.revive()
      await run(refreshing)
      assert.equal([Object.keys(ledger()), ledger()['web-1']?.hostKey], [['web-1'], machine.key])
    }
})

test.run()
