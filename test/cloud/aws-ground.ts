import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import {
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing'
import { CreateTargetGroupCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { Ec2 } from '../../src/cloud/aws/provider.ts'
import type * as Sdk from '../../src/cloud/aws/sdk.ts'
import { declared } from '../../src/cloud/launch/launch.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { rolesIn } from '../../src/project/roles.ts'
import { groundIn, written } from '../support/cloud-ground.ts'
import { MemoryCloud } from '../support/memory-cloud.ts'

const ROOT = dirname(dirname(import.meta.dirname))

/** What was there before us: moto's own networks and images. */
async function surroundings(env: NodeJS.ProcessEnv) {
  Object.assign(process.env, env)
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const sdk: typeof Sdk = await import('../../src/cloud/aws/sdk.ts')
  const client = new sdk.EC2Client({})
  const { Subnets = [] } = await client.send(new sdk.DescribeSubnetsCommand({}))
  const { SecurityGroups = [] } = await client.send(new sdk.DescribeSecurityGroupsCommand({}))
  const { Images = [] } = await client.send(new sdk.DescribeImagesCommand({}))
  const sorted = Subnets.sort((a, b) => (a.AvailabilityZone ?? '').localeCompare(b.AvailabilityZone ?? ''))
  return {
    sdk,
    client,
    subnets: sorted.map(({ SubnetId = '' }) => SubnetId),
    group: SecurityGroups[0]?.GroupId ?? '',
    image: Images.find(({ Name }) => Name?.startsWith('ubuntu/'))?.ImageId ?? '',
  }
}

export type Around = Awaited<ReturnType<typeof surroundings>>

const cloudOf = ({ subnets, group, image }: Around, more: object = {}) => ({
  aws: { cluster: 'dc1', type: 't3.small', image, subnets, securityGroups: [group], ...more },
})

/** Inventories in a folder, of an account at moto, which is reached with this environment. */
export function aws(folder: string, env: NodeJS.ProcessEnv) {
  let known: Around | undefined
  const around = async (): Promise<Around> => (known ??= await surroundings(env))

  /** An account's inventory with these hosts. */
  async function ground(name: string, hosts: object, more: object = {}) {
    const here = await around()
    const place = join(folder, name)
    mkdirSync(place, { recursive: true })
    const key = join(place, 'key.pub')
    writeFileSync(key, 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH8YLp5PeHLWLQQImvO/ObdMeGlKtbu1i7qe4QTEyzE me\n')
    const zookeeper = await rolesIn(ROOT).load('zookeeper')
    const text = JSON.stringify({ cloud: cloudOf(here, { cluster: name, loginKey: key, ...more }), hosts })
    const cluster = parseInventory(text, {
      path: join(place, 'inventory.json'),
      roles: new Map([['zookeeper', zookeeper]]),
    })
    const account = { provider: 'aws', cluster: name } as const
    const memory = new MemoryCloud()
    const transport = memory.shadow((host) => written(place, account).journal.read(host)?.order)
    const given = groundIn(place, { cluster, provider: new Ec2(here.sdk, account), transport, pace: 50 }, account)
    return { ground: given, hosts: declared(cluster.hosts), here, place, text }
  }
  return { around, ground }
}

/** Two target groups and a classic balancer, as the inventory names them. */
export async function someBalancers(here: Around) {
  const groups = new ElasticLoadBalancingV2Client({})
  const classic = new ElasticLoadBalancingClient({})
  const { Vpcs: [vpc] = [] } = await here.client.send(new DescribeVpcsCommand({}))
  const made = (name: string, TargetType: 'instance' | 'ip') =>
    groups.send(
      new CreateTargetGroupCommand({
        Name: name,
        Protocol: 'HTTP',
        Port: 80,
        VpcId: vpc?.VpcId,
        TargetType,
        HealthCheckPath: '/haproxy-health',
        HealthCheckPort: '9000',
      }),
    )
  const arns = await Promise.all([made('by-id', 'instance'), made('by-address', 'ip')])
  await classic.send(
    new CreateLoadBalancerCommand({
      LoadBalancerName: 'old',
      Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 80 }],
      Subnets: here.subnets,
    }),
  )
  await classic.send(
    new ConfigureHealthCheckCommand({
      LoadBalancerName: 'old',
      HealthCheck: {
        Target: 'HTTP:80/haproxy-health',
        Interval: 5,
        Timeout: 2,
        HealthyThreshold: 2,
        UnhealthyThreshold: 2,
      },
    }),
  )
  return [...arns.map(({ TargetGroups: [group] = [] }) => group?.TargetGroupArn ?? ''), { classic: 'old' }]
}
