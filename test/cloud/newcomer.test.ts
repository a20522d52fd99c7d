import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2'
import { CreateTargetGroupCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Ec2 } from '../../src/cloud/aws/provider.ts'
import { terminate } from '../../src/cloud/ending/terminate.ts'
import type { Ground } from '../../src/cloud/ground.ts'
import { declared, launch } from '../../src/cloud/launch/launch.ts'
import { Journal, LedgerFile } from '../../src/cloud/ledger/files.ts'
import { refresh } from '../../src/cloud/ledger/refresh.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { MemoryCloud } from '../support/memory-cloud.ts'
import { withMoto } from '../support/moto.ts'
import { quickFolder } from '../support/quick-folder.ts'

// What somebody gets wrong who has an account and the guide, and nothing else: another region, another account, an image
// for another processor. It is said before anything is made, and nothing is forgotten.
const test = suite('a newcomer to EC2')
const env = await withMoto(test)
const folder = quickFolder('newcomer')
test.after(() => rmSync(folder, { recursive: true }))

async function look() {
  Object.assign(process.env, env, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' })
  const sdk = await import('../../src/cloud/aws/sdk.ts')
  const client = new sdk.EC2Client({})
  const { Subnets = [] } = await client.send(new sdk.DescribeSubnetsCommand({}))
  const { SecurityGroups: [group] = [] } = await client.send(new sdk.DescribeSecurityGroupsCommand({}))
  const { Images = [] } = await client.send(new sdk.DescribeImagesCommand({}))
  return {
    sdk,
    client,
    subnets: Subnets.map(({ SubnetId = '' }) => SubnetId).sort(),
    group: group?.GroupId ?? '',
    image: Images.find(({ Name }) => Name?.startsWith('ubuntu/'))?.ImageId ?? '',
  }
}

let known: ReturnType<typeof look> | undefined
/** What is there of networks and images, as it was at the beginning. */
const around = (): ReturnType<typeof look> => (known ??= look())

/** Two hosts that are launched nowhere yet. */
async function ground(cluster: string, more: object = {}, region = 'eu-west-1'): Promise<Ground> {
  const { sdk, subnets, group, image } = await around()
  const place = join(folder, cluster)
  mkdirSync(place, { recursive: true })
  const key = join(place, 'key.pub')
  writeFileSync(key, 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH8YLp5PeHLWLQQImvO/ObdMeGlKtbu1i7qe4QTEyzE me\n')
  const aws = { cluster, region, type: 't3.small', image, subnets, securityGroups: [group], loginKey: key, ...more }
  const hosts = { 'web-1..2': { cloud: true, roles: [] } }
  const account = { provider: 'aws', cluster, region } as const
  const journal = new Journal(account, { XDG_STATE_HOME: place })
  return {
    cluster: parseInventory(JSON.stringify({ cloud: { aws }, hosts }), {
      path: join(place, 'inventory.json'),
      roles: new Map(),
    }),
    folder: place,
    provider: new Ec2(sdk, account),
    ledger: new LedgerFile(join(place, 'inventory.cloud.json'), account),
    journal,
    transport: new MemoryCloud().shadow((host) => journal.read(host)?.order),
    signal: new AbortController().signal,
    pace: 20,
    tell: () => {},
  }
}

const launchAll = (on: Ground, dry = false) => launch(on, declared(on.cluster.hosts), dry)
const wrong = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing is wrong',
    (error: Error) => error.message,
  )
const isUntouched = async (on: Ground): Promise<void> => {
  assert.equal(await on.provider.describe(), [])
  assert.equal(on.journal.hosts(), [])
}

test('the login of another account, or another region: nothing is forgotten, nothing is ended', async () => {
  const on = await ground('elsewhere')
  await launchAll(on)
  const file = join(on.folder, 'inventory.cloud.json')
  const { account, region, hosts } = JSON.parse(readFileSync(file, 'utf8'))
  assert.equal([account, region], ['123456789012', 'eu-west-1'])
  assert.match(await on.provider.whose(), /^EC2 in eu-west-1, account 123456789012$/)
  const far = await ground('elsewhere', {}, 'us-west-2')
  const says =
    /inventory\.cloud\.json is about instances of account 123456789012 in eu-west-1, and your login is for account 123456789012 in us-west-2: check/
  const works = [() => refresh(far, false), () => terminate(far, { allow: [], dry: false }), () => launchAll(far)]
  for (const work of works) assert.match(await wrong(work()), says)
  writeFileSync(file, readFileSync(file, 'utf8').replace('123456789012', '210987654321'))
  const other = await ground('elsewhere')
  assert.match(
    await wrong(refresh(other, false)),
    /of account 210987654321 in eu-west-1, and your login is for account 1/,
  )
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).hosts, hosts)
})

test('a file of instances that says nothing of that is believed, and says it from then on', async () => {
  const on = await ground('before')
  await launchAll(on)
  const file = join(on.folder, 'inventory.cloud.json')
  const { account: _, region: __, ...old } = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...old, hosts: { 'web-1': old.hosts['web-1'] } }))
  await refresh(await ground('before'), false)
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).account, '123456789012')
})

test('another inventory with the same name of the cluster: it is said whose instances these may be', async () => {
  const on = await ground('clash')
  await launchAll(on)
  rmSync(join(on.folder, 'inventory.cloud.json'))
  const warnings: string[] = []
  const other: Ground = {
    ...(await ground('clash')),
    tell: (event) => {
      if (event.event === 'warning') warnings.push(event.text)
    },
  }
  assert.equal(
    (await launchAll(other)).map(({ outcome }) => outcome),
    ['there', 'there'],
  )
  await launchAll(other)
  assert.equal(warnings, [
    'launched by somebody else who has this inventory, or by another inventory with the same "cluster": web-1, web-2',
  ])
})

test('an image for another processor, said once for all hosts', async () => {
  const on = await ground('arm', { type: 't4g.small' })
  assert.match(
    await wrong(launchAll(on, true)),
    /^ami-\w+ is an image for x86_64, and t4g\.small is arm64: name another image or type$/,
  )
  await isUntouched(on)
})

for (const [what, more, says] of [
  [
    'image',
    { image: 'ami-0123456789abcdef0' },
    /ami-0123456789abcdef0.* in eu-west-1 and for this login: ids are valid/,
  ],
  ['subnet', { subnets: ['subnet-0123456789abcdef0'] }, /subnet-0123456789abcdef0.* ids are valid in one region/],
  [
    'security group',
    { securityGroups: ['sg-0123456789abcdef0'] },
    /sg-0123456789abcdef0.* ids are valid in one region/,
  ],
] as const)
  test(`an id of another region: ${what}`, async () => {
    const on = await ground('ids', more)
    assert.match(await wrong(launchAll(on)), says)
    await isUntouched(on)
  })

test('balancers that are not there, or in another network', async () => {
  const { client } = await around()
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.8.0.0/16' }))
  const { TargetGroups: [far] = [] } = await new ElasticLoadBalancingV2Client({}).send(
    new CreateTargetGroupCommand({ Name: 'far', Protocol: 'HTTP', Port: 80, VpcId: Vpc?.VpcId }),
  )
  const arn = far?.TargetGroupArn ?? ''
  const balancers = [arn, arn.replace(/far/, 'none'), { classic: 'old' }]
  const on = await ground('unbalanced', { balancers })
  const [first, ...others] = (await wrong(launchAll(on))).split('\n')
  assert.match(first ?? '', /^far is in vpc-\w+, and subnet-\w+ and subnet-\w+ in vpc-\w+: a balancer takes hosts of/)
  assert.match(
    others[0] ?? '',
    /^none: .*target groups? .*not.* in eu-west-1 and for this login: ids are valid in one/i,
  )
  assert.match(others[1] ?? '', /^old: .* in eu-west-1 and for this login/)
  await isUntouched(on)
})

test('a subnet that has only IPv6 addresses', async () => {
  const { client } = await around()
  const { Vpc } = await client.send(
    new CreateVpcCommand({ CidrBlock: '10.9.0.0/16', AmazonProvidedIpv6CidrBlock: true }),
  )
  const Ipv6CidrBlock = Vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock?.replace(/\/\d+$/, '/64')
  const made = await client.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, Ipv6Native: true, Ipv6CidrBlock }))
  const on = await ground('six', { subnets: [made.Subnet?.SubnetId] })
  assert.match(await wrong(launchAll(on)), /^subnet-\w+ has only IPv6 addresses: hosts reach each other by IPv4/)
  await isUntouched(on)
})

/** EC2 whose first zone does not offer the type. */
async function picky(cluster: string, more: object = {}): Promise<Ground> {
  const { sdk, subnets } = await around()
  class Picky extends sdk.EC2Client {
    constructor(settings: object) {
      super(settings)
      const why = 'Your requested instance type (t3.small) is not supported in your requested Availability Zone'
      this.middlewareStack.add(
        (next, { commandName }) =>
          async (args) => {
            const isThere = 'SubnetId' in args.input && args.input.SubnetId === subnets[0]
            if (commandName === 'RunInstancesCommand' && isThere)
              throw Object.assign(new Error(why), { name: 'Unsupported' })
            return next(args)
          },
        { step: 'initialize' },
      )
    }
  }
  const account = { provider: 'aws', cluster, region: 'eu-west-1' } as const
  return { ...(await ground(cluster, more)), provider: new Ec2({ ...sdk, EC2Client: Picky }, account) }
}

test('a zone that does not offer the type: the next one is taken; where there is none, nothing is launched', async () => {
  const { subnets } = await around()
  const on = await picky('picky')
  const results = await launchAll(on)
  assert.equal(
    results.map(({ outcome }) => outcome),
    ['launched', 'launched'],
    JSON.stringify(results),
  )
  const alone = await picky('alone', { subnets: subnets.slice(0, 1) })
  assert.match(
    await wrong(launchAll(alone)),
    /^web-1 and web-2: the zone does not offer t3\.small: .*\(Your requested instance/,
  )
  await isUntouched(alone)
})

test.run()
