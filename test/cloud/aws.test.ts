import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { balance } from '../../src/cloud/balancers/attach.ts'
import { start, stop } from '../../src/cloud/ending/power.ts'
import { terminate } from '../../src/cloud/ending/terminate.ts'
import { launch } from '../../src/cloud/launch/launch.ts'
import { refresh } from '../../src/cloud/ledger/refresh.ts'
import { TAG } from '../../src/cloud/provider.ts'
import type { CloudHost } from '../../src/model/cloud.ts'
import { written } from '../support/cloud-ground.ts'
import { withMoto } from '../support/moto.ts'
import { aws, someBalancers } from './aws-ground.ts'

// Against moto, which checks what EC2 checks of a request. Nobody is at the addresses that it gives out, so the hosts
// are those of a cloud in memory.
const test = suite('EC2')
const env = await withMoto(test)
const folder = mkdtempSync(join(tmpdir(), 'ec2-'))
test.after(() => rmSync(folder, { recursive: true }))
const root = dirname(dirname(import.meta.dirname))
const { around, ground } = aws(folder, env)

const slaves = { 'slave-1..2': { cloud: { volumes: [{ gb: 50 }], rootGb: 30 }, roles: [] } }
const said = (results: readonly { outcome: string; text: string }[]) => results.map(({ outcome }) => outcome)

test('launch, stop, start, refresh and terminate', async () => {
  const master = {
    'm-1': { cloud: true, privateAddress: '172.31.0.11', roles: ['zookeeper'], vars: { zookeeper: { id: 1 } } },
  }
  const { ground: on, hosts, here, place } = await ground('dc1', { ...master, ...slaves })
  assert.equal(said(await launch(on, hosts, true)), ['planned', 'planned', 'planned'])
  assert.equal(on.ledger.hosts, {})
  const launched = await launch(on, hosts, false)
  assert.equal(said(launched), ['launched', 'launched', 'launched'], JSON.stringify(launched))
  assert.equal(said(await launch(on, hosts, false)), ['there', 'there', 'there'])
  const ledger = on.ledger.hosts
  assert.is(ledger['m-1']?.privateAddress, '172.31.0.11')
  assert.is(new Set(Object.values(ledger).map(({ zone }) => zone)).size, 3)

  const { Reservations = [] } = await here.client.send(new here.sdk.DescribeInstancesCommand({}))
  const seen = Reservations.flatMap(({ Instances = [] }) => Instances)
  const slave = seen.find(({ InstanceId }) => InstanceId === ledger['slave-1']?.id)
  const tags = Object.fromEntries((slave?.Tags ?? []).map(({ Key, Value }) => [Key, Value]))
  assert.equal(
    [tags[TAG.cluster], tags[TAG.host], tags[TAG.generation], tags[TAG.hostKey], tags.Name],
    ['dc1', 'slave-1', '1', ledger['slave-1']?.hostKey, 'slave-1'],
  )
  assert.is(slave?.MetadataOptions?.HttpTokens, 'required')
  assert.equal(slave?.BlockDeviceMappings?.length, 2)
  const disk = slave?.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === '/dev/sdf')?.Ebs?.VolumeId ?? ''
  assert.equal([ledger['slave-1']?.volumes, ledger['m-1']?.volumes], [[disk], undefined])

  assert.equal(said(await stop(on, { hosts, allow: [], dry: false })), ['stopped', 'stopped', 'stopped'])
  assert.equal(said(await start(on, { hosts, allow: [], dry: false })), ['started', 'started', 'started'])
  const before = readFileSync(join(place, 'inventory.cloud.json'), 'utf8')
  rmSync(join(place, 'inventory.cloud.json'))
  const anew = { ...on, ledger: written(place).ledger }
  await refresh(anew, false)
  const fresh = JSON.parse(readFileSync(join(place, 'inventory.cloud.json'), 'utf8'))
  assert.equal(Object.keys(fresh.hosts), Object.keys(JSON.parse(before).hosts))
  assert.equal(fresh.hosts['m-1'].hostKey, ledger['m-1']?.hostKey)
  assert.equal(fresh.hosts['slave-1'].volumes, [disk])

  const names = hosts.map(({ name }) => name)
  assert.equal(said(await terminate(anew, { hosts: names, allow: [], dry: false })), ['refused', 'ended', 'ended'])
  assert.equal(said(await terminate(anew, { hosts: names, allow: ['quorum'], dry: false })), [
    'ended',
    'there',
    'there',
  ])
  assert.equal(anew.ledger.hosts, {})
  // moto never gives an address out twice, so only those that have none of their own come again
  const others = hosts.filter(({ cloud }) => cloud.privateAddress === undefined)
  const again = await launch(anew, others, false)
  assert.equal(said(again), ['launched', 'launched'], JSON.stringify(again))
  assert.is(anew.ledger.hosts['slave-1']?.generation, 2)
})

const WRONG: readonly (readonly [what: string, more: object, sentence: RegExp])[] = [
  ['no such type', { type: 't9.huge' }, /t9\.huge/],
  ['no such group', { securityGroups: ['sg-0123456789abcdef0'] }, /sg-0123456789abcdef0/],
  ['no such subnet', { subnets: ['subnet-0123456789abcdef0'] }, /subnet-0123456789abcdef0/],
  ['no such image', { image: 'ami-0123456789abcdef0' }, /ami-0123456789abcdef0/],
  ['no such parameter', { image: 'resolve:ssm:/aws/service/none' }, /\/aws\/service\/none/],
  ['nobody publishes it here', { image: 'debian-12' }, /no image debian-12-amd64-\* of 136693071363/],
]
for (const [what, more, sentence] of WRONG)
  test(`before anything is made: ${what}`, async () => {
    const { ground: on, hosts } = await ground('wrong', slaves, more)
    const error = await launch(on, hosts, false).then(
      () => undefined,
      (e: Error) => e,
    )
    assert.match(error?.message ?? 'nothing', sentence)
    assert.equal(await on.provider.describe(), [])
    assert.equal(on.journal.hosts(), [])
  })

test('instances of others by their tags, which are no patterns', async () => {
  const { ground: on, here } = await ground('others', {})
  const make = async (value: string): Promise<string> => {
    const Tags = [
      { Key: 'Env', Value: 'live' },
      { Key: 'Part', Value: value },
    ]
    const order = { ImageId: here.image, MinCount: 1, MaxCount: 1, SubnetId: here.subnets[0] }
    const made = await here.client.send(
      new here.sdk.RunInstancesCommand({
        ...order,
        InstanceType: 't3.small',
        TagSpecifications: [{ ResourceType: 'instance', Tags }],
      }),
    )
    return made.Instances?.[0]?.InstanceId ?? ''
  }
  const [plain, odd] = [await make('web'), await make('w*b')]
  const ids = async (tags: Record<string, string>) => (await on.provider.discover?.({ tags }))?.map(({ id }) => id)
  assert.equal(await ids({ Env: 'live', Part: 'web' }), [plain])
  assert.equal(await ids({ Env: 'live', Part: 'w*b' }), [odd])
  assert.equal(await ids({ Env: 'test', Part: 'web' }), [])
  const [seen] = (await on.provider.discover?.({ tags: { Part: 'web' } })) ?? []
  assert.ok(Math.abs(Date.now() - (seen?.launched ?? 0)) < 600_000)
})

test('an image whose id is in a parameter', async () => {
  const { ground: on } = await ground('parameter', slaves)
  const image = 'resolve:ssm:/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2'
  assert.match(await on.provider.image({ image } as CloudHost), /^ami-[0-9a-f]+$/)
})

test('target groups and classic balancers', async () => {
  const balancers = await someBalancers(await around())
  const { ground: on, hosts } = await ground('balanced', { s: { cloud: { balancers }, roles: [] } })
  const its = on.provider.balancers
  assert.ok(its)
  if (!its) return
  const usual = { protocol: 'HTTP', codes: '200', seconds: 30, patience: 5, failures: 2 }
  const looks = await Promise.all(balancers.map((each) => its.look(each)))
  assert.equal(
    looks.map(({ name, check, drainSeconds }) => [name, check, drainSeconds]),
    [
      ['by-id', { ...usual, port: 9000, path: '/haproxy-health' }, 300],
      ['by-address', { ...usual, port: 9000, path: '/haproxy-health' }, 300],
      ['old', { protocol: 'HTTP', port: 80, path: '/haproxy-health', seconds: 5, patience: 2, failures: 2 }, 0],
    ],
  )
  await launch(on, hosts, false)
  const attached = await balance(on, ['s'])
  assert.equal(said(attached), ['attached'], JSON.stringify(attached))
  const all = await on.provider.describe()
  const id = on.ledger.hosts.s?.id ?? ''
  const states = async () =>
    Promise.all(balancers.map(async (each) => (await its.targets(each, all)).get(id)?.state ?? 'none'))
  assert.equal(await states(), ['healthy', 'healthy', 'healthy'])
  assert.equal(said(await terminate(on, { hosts: ['s'], allow: [], dry: false })), ['ended'])
  assert.equal(await states(), ['none', 'none', 'none'])
})

test('the program that users run', async () => {
  const { text, place } = await ground('program', slaves)
  writeFileSync(join(place, 'inventory.json'), text)
  const run = (...args: string[]): Promise<{ code: unknown; out: string }> =>
    new Promise((resolve) => {
      const program = join(root, 'dist', 'src', 'cli', 'provision.cjs')
      const own = { ...process.env, ...env, XDG_STATE_HOME: place }
      execFile(process.execPath, [program, ...args], { cwd: place, env: own }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, out: stdout + stderr }),
      )
    })
  const look = await run('launch', '-C')
  assert.is(look.code, 2, look.out)
  assert.match(
    look.out,
    /launch {3}EC2 in eu-west-1, account 123456789012, 2 hosts\nslave-1 {2}t3\.small, ami-\S+, 30 GB in eu-west-1a\n/,
  )
  assert.equal((await run('refresh')).code, 0)
  assert.equal((await run('terminate', '--yes')).code, 0)
  assert.not.match(look.out, /Warning/)
})

test.run()
