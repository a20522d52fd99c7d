import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling'
import { CreateLoadBalancerCommand, ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing'
import { CreateTargetGroupCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { policyFor } from '../../src/cloud/aws/policy.ts'
import { Ec2 } from '../../src/cloud/aws/provider.ts'
import type { Waiting } from '../../src/cloud/others/groups.ts'
import { CloudError, type Instance, type Order, TAG } from '../../src/cloud/provider.ts'
import type { CloudHost, Discovery } from '../../src/model/cloud.ts'
import { withMoto } from '../support/moto.ts'
import { gateBefore } from '../support/moto-gate.ts'

// moto lets nobody do what his policy does not allow, action by action (of resources and conditions it knows too
// little: they are taken out). With the policy that is printed everything works; each action that is taken away is
// named in one sentence.
const test = suite('permissions in EC2')
const env = await withMoto(test)
const gate = await gateBefore(test, env.AWS_ENDPOINT_URL ?? '')
const folder = mkdtempSync(join(tmpdir(), 'permissions-'))
test.after(() => rmSync(folder, { recursive: true }))

const account = { provider: 'aws', cluster: 'dc1', region: 'eu-west-1' } as const
const image = 'resolve:ssm:/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2'
const discovery: Discovery = { role: 'web', roles: ['web'], group: 'web', tags: {}, host: {} as Discovery['host'] }
const everything = policyFor([{ balancers: ['arn:…', { classic: 'old' }], spot: false, image }], {
  ...account,
  discover: [discovery],
})
const ACTIONS = [...new Set(everything.Statement.flatMap(({ Action }) => Action))]

/** Asks moto's IAM, which has no client here. */
async function iam(fields: Readonly<Record<string, string>>): Promise<string> {
  const scope = 'AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x'
  const body = new URLSearchParams({ Version: '2010-05-08', ...fields })
  const answer = await fetch(`${env.AWS_ENDPOINT_URL}/`, { method: 'POST', headers: { Authorization: scope }, body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}

/** A user who may do these actions; gives his profile in a file of credentials. */
async function user(UserName: string, actions: readonly string[]): Promise<string> {
  await iam({ Action: 'CreateUser', UserName })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  })
  await iam({ Action: 'PutUserPolicy', UserName, PolicyName: 'p', PolicyDocument })
  const key = await iam({ Action: 'CreateAccessKey', UserName })
  const [id, secret] = ['AccessKeyId', 'SecretAccessKey'].map((tag) => new RegExp(`<${tag}>([^<]+)`).exec(key)?.[1])
  return `[${UserName}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`
}

/** Writes down the users: one who may do everything, and one for each action that he may not do. */
async function users(path: string): Promise<void> {
  const users = [user('all', ACTIONS)]
  for (const [i, action] of ACTIONS.entries())
    users.push(
      user(
        `no-${i}`,
        ACTIONS.filter((each) => each !== action),
      ),
    )
  writeFileSync(path, (await Promise.all(users)).join(''))
}

interface World {
  readonly order: Order
  readonly group: string
  readonly classic: { readonly classic: string }
  /** An instance that is there. */
  readonly instance: Instance
  /** A member of an auto-scaling group. */
  readonly member: Waiting
  as(profile: string): Ec2
}

async function world(): Promise<World> {
  const path = join(folder, 'credentials')
  await users(path) // first: the SDK reads it once
  Object.assign(process.env, env, { AWS_ENDPOINT_URL: gate.url, AWS_SHARED_CREDENTIALS_FILE: path })
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const sdk = await import('../../src/cloud/aws/sdk.ts')
  const client = new sdk.EC2Client({})
  const { Subnets: [subnet] = [] } = await client.send(new sdk.DescribeSubnetsCommand({}))
  const { SecurityGroups: [group] = [] } = await client.send(new sdk.DescribeSecurityGroupsCommand({}))
  const { Images = [] } = await client.send(new sdk.DescribeImagesCommand({}))
  const ubuntu = Images.find(({ Name }) => Name?.startsWith('ubuntu/'))?.ImageId ?? ''
  const { TargetGroups: [made] = [] } = await new ElasticLoadBalancingV2Client({}).send(
    new CreateTargetGroupCommand({ Name: 'slaves', Protocol: 'HTTP', Port: 80, VpcId: subnet?.VpcId }),
  )
  await new ElasticLoadBalancingClient({}).send(
    new CreateLoadBalancerCommand({
      LoadBalancerName: 'old',
      Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 80 }],
      Subnets: [subnet?.SubnetId ?? ''],
    }),
  )
  const settings = {
    image: ubuntu,
    type: 't3.small',
    rootGb: 20,
    volumes: [],
    spot: false,
    metadataHops: 1,
    balancers: [],
  }
  const order: Order = {
    host: 's-1',
    generation: 1,
    token: 'x',
    subnet: subnet?.SubnetId ?? '',
    image: ubuntu,
    settings: { ...settings, securityGroups: [group?.GroupId ?? ''], subnets: [] } as unknown as CloudHost,
    userData: '#cloud-config\n',
    tags: { [TAG.cluster]: 'dc1', [TAG.host]: 's-1' },
    protect: true,
  }
  const instance = await new Ec2(sdk, account).create(order)
  // moto forgets that it was ordered with that
  const protect = { InstanceId: instance.id, DisableApiTermination: { Value: true } }
  await client.send(new sdk.ModifyInstanceAttributeCommand(protect))
  const member = await memberOfGroup(ubuntu, subnet?.SubnetId ?? '')
  gate.states.set(member.id, 'Terminating:Wait')
  // from now on everybody is asked who he is
  await fetch(`${env.AWS_ENDPOINT_URL}/moto-api/reset-auth`, { method: 'POST', body: '0' })
  delete process.env.AWS_ACCESS_KEY_ID
  delete process.env.AWS_SECRET_ACCESS_KEY
  return {
    order,
    instance,
    member,
    group: made?.TargetGroupArn ?? '',
    classic: { classic: 'old' },
    as: (profile) => new Ec2(sdk, { ...account, profile }),
  }
}

/** A group with one member. */
async function memberOfGroup(ImageId: string, VPCZoneIdentifier: string): Promise<Waiting> {
  const client = new AutoScalingClient({})
  const LaunchConfigurationName = 'web'
  await client.send(
    new CreateLaunchConfigurationCommand({ LaunchConfigurationName, ImageId, InstanceType: 't3.small' }),
  )
  const size = { MinSize: 0, MaxSize: 2, DesiredCapacity: 1 }
  const group = { AutoScalingGroupName: 'web', LaunchConfigurationName, VPCZoneIdentifier, ...size }
  await client.send(new CreateAutoScalingGroupCommand(group))
  const { AutoScalingGroups: [made] = [] } = await client.send(new DescribeAutoScalingGroupsCommand({}))
  return { group: 'web', hook: 'provision-end', id: made?.Instances?.[0]?.InstanceId ?? '' }
}

let known: Promise<World> | undefined
const there = (): Promise<World> => (known ??= world())

type Do = (cloud: Ec2, world: World) => Promise<unknown>
const balancing =
  (which: 'group' | 'classic', verb: 'look' | 'attach' | 'detach' | 'targets'): Do =>
  ({ balancers }, world) => {
    if (verb === 'look') return balancers.look(world[which])
    return verb === 'targets'
      ? balancers.targets(world[which], [world.instance])
      : balancers[verb](world[which], world.instance)
  }

/** What needs each permission, in an order in which it can all be done to one instance. */
const NEEDS: Readonly<Record<string, Do>> = {
  'ec2:DescribeInstances': (cloud) => cloud.describe(),
  'ec2:DescribeSubnets': (cloud, { order }) => cloud.places([order.subnet]),
  'ec2:DescribeInstanceTypes': (cloud, { order }) => cloud.check([order]),
  'ec2:DescribeSecurityGroups': (cloud, { order }) => cloud.check([order]),
  'ec2:DescribeImages': (cloud, { order }) => cloud.check([order]),
  'ssm:GetParameter': (cloud) => cloud.image({ image } as CloudHost),
  'ec2:RunInstances': (cloud, { order }) => cloud.create(order),
  'ec2:CreateTags': (cloud, { instance }) => cloud.tag(instance.id, { [TAG.hostKey]: 'ssh-ed25519 A' }),
  'ec2:GetConsoleOutput': (cloud, { instance }) => cloud.console(instance.id),
  'elasticloadbalancing:DescribeTargetGroups': balancing('group', 'look'),
  'elasticloadbalancing:DescribeTargetGroupAttributes': balancing('group', 'look'),
  'elasticloadbalancing:DescribeTargetHealth': balancing('group', 'targets'),
  'elasticloadbalancing:RegisterTargets': balancing('group', 'attach'),
  'elasticloadbalancing:DeregisterTargets': balancing('group', 'detach'),
  'elasticloadbalancing:DescribeLoadBalancers': balancing('classic', 'look'),
  'elasticloadbalancing:DescribeLoadBalancerAttributes': balancing('classic', 'look'),
  'elasticloadbalancing:DescribeInstanceHealth': balancing('classic', 'targets'),
  'elasticloadbalancing:RegisterInstancesWithLoadBalancer': balancing('classic', 'attach'),
  'elasticloadbalancing:DeregisterInstancesFromLoadBalancer': balancing('classic', 'detach'),
  'autoscaling:DescribeAutoScalingGroups': ({ groups }) => groups.look(['web']),
  'autoscaling:DescribeLifecycleHooks': ({ groups }) => groups.hooks('web'),
  'autoscaling:RecordLifecycleActionHeartbeat': ({ groups }, { member }) => groups.beat(member),
  'autoscaling:CompleteLifecycleAction': ({ groups }, { member }) => groups.complete(member),
  'autoscaling:TerminateInstanceInAutoScalingGroup': ({ groups }, { member }) => groups.end(member.id, true),
  'ec2:StopInstances': (cloud, { instance }) => cloud.stop(instance.id),
  'ec2:StartInstances': (cloud, { instance }) => cloud.start(instance.id),
  'ec2:ModifyInstanceAttribute': (cloud, { instance }) => cloud.end(instance.id),
  'ec2:TerminateInstances': (cloud, { instance }) => cloud.end(instance.id),
}

test('the table has all of them', () => assert.equal(Object.keys(NEEDS).sort(), [...ACTIONS].sort()))

for (const [action, work] of Object.entries(NEEDS))
  test(`without ${action}`, async () => {
    const here = await there()
    const error = await work(here.as(`no-${ACTIONS.indexOf(action)}`), here).then(
      (done) => done,
      (e: unknown) => e,
    )
    assert.instance(error, CloudError, JSON.stringify(error))
    if (!(error instanceof CloudError)) return
    assert.is(error.failure, 'permission')
    assert.is(
      error.message,
      `your credentials may not ${action}: allow it in their policy (provision cloud policy prints it)`,
    )
  })

test('with all of them everything can be done', async () => {
  const here = await there()
  const cloud = here.as('all')
  for (const [action, work] of Object.entries(NEEDS))
    await work(cloud, here).catch((error: Error) => assert.unreachable(`${action}: ${error.message}`))
})

test.run()
