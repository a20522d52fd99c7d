import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  type Instance,
} from '@aws-sdk/client-ec2'
import { CreateTargetGroupCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { cloudInitLayer } from '../../../src/cloud/sandbox/layer.ts'
import type { Ledger } from '../../../src/inventory/cloud/ledger.ts'
import type { Sandbox } from '../../../src/sandbox/index.ts'
import { netOf } from '../../../src/sandbox/network/network.ts'
import { withHosts } from '../hosts.ts'
import { withMoto } from '../moto.ts'
import { LiveEc2 } from './live-ec2.ts'
import { type Kind, Machines, type Ordered } from './machines.ts'
import type { Targets } from './targets.ts'

const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'dist', 'src', 'cli', 'provision.cjs')

/** How a command ended, and its output on both streams. */
export interface Ended {
  readonly code: number | null
  readonly said: string
}

/** A running command. */
export interface Running {
  readonly ended: Promise<Ended>
  /** Its output so far. */
  said(): string
  interrupt(): void
}

/** Existing resources that an inventory names. */
export interface Around {
  readonly image: string
  /** Three, one per zone. */
  readonly subnets: readonly string[]
  readonly group: string
  /** The ARN of a target group. */
  readonly balancer: string
  /** The hosts' network: 10.77.N. */
  readonly net: number
}

/** The part of an inventory that is used here. */
interface Written {
  readonly cloud: { readonly aws: { readonly cluster: string; readonly [setting: string]: unknown } }
  readonly [part: string]: unknown
}

/** An account with a network, hosts behind its instances, and a user's installation of the program. */
export interface World {
  readonly box: Sandbox
  readonly ec2: LiveEc2
  readonly machines: Machines
  readonly folder: string
  around(): Around
  /** The targets that currently get requests. */
  targets(): Targets
  writeInventory(inventory: Written): void
  begin(...args: readonly string[]): Running
  /** Runs a command to its end; it must have that exit code. @returns its output, in one line */
  run(code: number, ...args: readonly string[]): Promise<string>
  ledger(): Ledger
  /** The cluster's instances that have not been terminated, by the host in their tags. */
  instances(): Promise<readonly (readonly [host: string, instance: Instance])[]>
  /** Asserts one instance per host, no others, and a ledger that agrees with the tags. */
  agrees(hosts: readonly string[]): Promise<void>
}

const tagsOf = ({ Tags = [] }: Instance) => Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))

/** Makes a network with addresses for sandbox hosts. */
async function network(net: number): Promise<Around> {
  const client = new EC2Client({})
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.77.0.0/16' }))
  const VpcId = Vpc?.VpcId
  const subnets: string[] = []
  for (const [i, zone] of ['a', 'b', 'c'].entries()) {
    const CidrBlock = `10.77.${net}.${(i + 1) * 64}/26`
    const made = await client.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: `eu-west-1${zone}` }))
    subnets.push(made.Subnet?.SubnetId ?? '')
  }
  const wanted = { VpcId, GroupName: 'hosts', Description: 'all hosts' }
  const { GroupId: group = '' } = await client.send(new CreateSecurityGroupCommand(wanted))
  const all = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group }] }
  await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [all] }))
  const { Images = [] } = await client.send(new DescribeImagesCommand({}))
  const image = Images.find(({ Name }) => Name?.startsWith('ubuntu/'))?.ImageId ?? ''
  const { TargetGroups: [made] = [] } = await new ElasticLoadBalancingV2Client({}).send(
    new CreateTargetGroupCommand({
      Name: 'slaves',
      Protocol: 'HTTP',
      Port: 80,
      VpcId,
      HealthCheckPath: '/haproxy-health',
    }),
  )
  return { image, subnets, group, balancer: made?.TargetGroupArn ?? '', net }
}

/** Runs the program like a user with a home of his own. */
function begin(folder: string, env: Readonly<Record<string, string>>, args: readonly string[]): Running {
  const { NODE_OPTIONS: _, ...rest } = process.env
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...rest, ...env, HOME: folder, XDG_STATE_HOME: '', XDG_CACHE_HOME: '', NO_COLOR: '1' },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, said })))
  return { ended, said: () => said, interrupt: () => void child.kill('SIGINT') }
}

/** The operations on an existing world. */
function worldOf(
  box: Sandbox,
  machines: Machines,
  ec2: LiveEc2,
  folder: string,
  here: () => { readonly env: Readonly<Record<string, string>>; readonly around: Around; readonly targets: Targets },
): World {
  const ledger = (): Ledger => JSON.parse(readFileSync(join(folder, 'inventory.cloud.json'), 'utf8'))
  let cluster = ''
  const instances: World['instances'] = async () => {
    await machines.idle()
    assert.equal(machines.wrong.map(String), [])
    const { Reservations = [] } = await new EC2Client({}).send(new DescribeInstancesCommand({}))
    return Reservations.flatMap(({ Instances = [] }) => Instances)
      .filter((each) => each.State?.Name !== 'terminated' && tagsOf(each)['provision:cluster'] === cluster)
      .map((instance) => [tagsOf(instance)['provision:host'] ?? '', instance] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }
  return {
    box,
    ec2,
    machines,
    folder,
    around: () => here().around,
    targets: () => here().targets,
    writeInventory(inventory) {
      cluster = inventory.cloud.aws.cluster
      writeFileSync(join(folder, 'inventory.json'), JSON.stringify(inventory, undefined, 2))
    },
    begin: (...args) => begin(folder, here().env, args),
    async run(code, ...args) {
      const began = performance.now()
      const is = await begin(folder, here().env, args).ended
      console.error(`provision ${args.join(' ')}: ${is.code} after ${Math.round((performance.now() - began) / 1000)} s`)
      assert.is(is.code, code, `provision ${args.join(' ')}\n${is.said}`)
      return is.said.replace(/\s+/g, ' ')
    },
    ledger,
    instances,
    async agrees(hosts) {
      const seen = await instances()
      assert.equal(
        seen.map(([host]) => host),
        [...hosts].sort(),
        'one instance a host',
      )
      const tagged = seen.map(([host, each]) => [
        host,
        each.InstanceId,
        each.State?.Name,
        tagsOf(each)['provision:host-key'],
      ])
      const told = Object.entries(ledger().hosts).map(([host, { id, state, hostKey }]) => [host, id, state, hostKey])
      assert.equal(told.sort(), tagged.sort(), 'the ledger says what the tags say')
    },
  }
}

/**
 * Gives a suite EC2 with hosts behind its instances, on which a real cloud-init runs, and the built program with its
 * own home. `kind`: the hosts' settings.
 */
export async function withWorld(
  test: Test<unknown>,
  url: string,
  kind: (ordered: Ordered) => Omit<Kind, 'layer'> = () => ({}),
): Promise<World> {
  const moto = await withMoto(test)
  const { box } = await withHosts(test, url)
  const folder = mkdtempSync(join(tmpdir(), 'live-ec2-'))
  let layer = ''
  const machines = new Machines(box, (ordered) => ({ ...kind(ordered), layer }))
  const ec2 = new LiveEc2(moto.AWS_ENDPOINT_URL ?? '', machines)
  let here: { readonly env: Readonly<Record<string, string>>; readonly around: Around; readonly targets: Targets }
  test.before(async () => {
    const env = {
      ...moto,
      AWS_ENDPOINT_URL: await ec2.open(),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    }
    Object.assign(process.env, env)
    layer = await cloudInitLayer(box, '12', (text) => console.error(text))
    // a sandbox has a network only once it has a host, so this one exists for nothing else
    const [door] = await box.up([{ name: 'door', light: true }])
    const around = await network(netOf(door?.address ?? '') ?? 0)
    const settings = { port: 80, path: '/haproxy-health', interval: 1000, threshold: 2, delay: 5000 }
    here = { env, around, targets: ec2.group(around.balancer, settings) }
  })
  test.after(async () => {
    ec2.close()
    await machines.idle()
    rmSync(folder, { recursive: true })
  })
  return worldOf(box, machines, ec2, folder, () => here)
}
