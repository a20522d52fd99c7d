import { type Balancer, balancerKey, type CloudAccount, type CloudHost, type Discovery } from '../../model/cloud.ts'
import { GROUP_TAG } from '../others/members.ts'
import { TAG } from '../provider.ts'
import { PARAMETER } from './requests/parameter.ts'

/** One statement of a policy. */
export interface Statement {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** The permissions that commands on instances need. */
export interface Policy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

type Wanted = Pick<CloudHost, 'balancers' | 'instanceProfile' | 'spot'> & Partial<Pick<CloudHost, 'image'>>

const LOOK = ['Instances', 'Subnets', 'SecurityGroups', 'Images', 'InstanceTypes'].map((what) => `ec2:Describe${what}`)
const inBalancing = (...actions: readonly string[]) => actions.map((action) => `elasticloadbalancing:${action}`)
const LOOK_AT_GROUPS = inBalancing(
  'DescribeTargetGroups',
  'DescribeTargetGroupAttributes',
  'DescribeTargetHealth',
  'DescribeLoadBalancerAttributes',
)
const LOOK_AT_CLASSIC = inBalancing('DescribeLoadBalancers', 'DescribeLoadBalancerAttributes', 'DescribeInstanceHealth')
/** Actions on existing instances. */
const OWN = ['StartInstances', 'StopInstances', 'TerminateInstances', 'ModifyInstanceAttribute', 'GetConsoleOutput']

const SPOT = 'spot-instances-request'

/** A region's partition, with which its ARNs begin. */
function partitionOf(region = ''): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

const allow = (Action: readonly string[], Resource: Statement['Resource'], Condition?: Statement['Condition']) =>
  ({ Effect: 'Allow', Action, Resource, ...(Condition ? { Condition } : {}) }) satisfies Statement

/** Launching: only with the cluster's tag, whatever other resources it uses. */
function launching(ec2: string, cluster: string, spot: boolean): readonly Statement[] {
  const tagged = ['instance', 'volume'].map((kind) => `${ec2}:${kind}/*`)
  const used = ['image', 'snapshot', 'subnet', 'security-group', 'network-interface', ...(spot ? [SPOT] : [])]
  return [
    allow(
      ['ec2:RunInstances'],
      used.map((kind) => `${ec2}:${kind}/*`),
    ),
    allow(['ec2:RunInstances'], tagged, { StringEquals: { [`aws:RequestTag/${TAG.cluster}`]: cluster } }),
    allow(['ec2:CreateTags'], tagged, { StringEquals: { 'ec2:CreateAction': 'RunInstances' } }),
  ]
}

/** Registering and deregistering targets: only of the named balancers. */
function balancing(arn: string, balancers: readonly Balancer[]): readonly Statement[] {
  const all = [...new Map(balancers.map((each) => [balancerKey(each), each])).values()]
  const groups = all.flatMap((each) => (typeof each === 'string' ? [each] : []))
  const classic = all.flatMap((each) => (typeof each === 'string' ? [] : [`${arn}:loadbalancer/${each.classic}`]))
  return [
    ...(groups.length > 0 ? [allow(inBalancing('RegisterTargets', 'DeregisterTargets'), groups)] : []),
    ...(classic.length > 0
      ? [allow(inBalancing('RegisterInstancesWithLoadBalancer', 'DeregisterInstancesFromLoadBalancer'), classic)]
      : []),
  ]
}

/** Parameters that hold image ids. A publisher's parameters belong to no account. */
function parameters(arn: string, images: readonly string[]): readonly Statement[] {
  const names = [...new Set(images)].flatMap((image) =>
    image.startsWith(PARAMETER) ? [image.slice(PARAMETER.length)] : [],
  )
  const arns = names.map((name) => `${arn}:${name.startsWith('/aws/') ? '' : '*'}:parameter${name}`)
  return arns.length === 0 ? [] : [allow(['ssm:GetParameter'], arns)]
}

/** Instances launched by others: provision reads their host keys from their consoles. */
const discovering = (ec2: string, discover: readonly Discovery[]): readonly Statement[] =>
  discover.map(({ group, tags }) =>
    allow(['ec2:GetConsoleOutput'], `${ec2}:instance/*`, {
      StringEquals: Object.fromEntries(
        Object.entries({ ...tags, ...(group === undefined ? {} : { [GROUP_TAG]: group }) }).map(([key, value]) => [
          `aws:ResourceTag/${key}`,
          value,
        ]),
      ),
    }),
  )

/** Reading auto-scaling groups, and acting on members of the named ones. */
function scaling(arn: string, discover: readonly Discovery[]): readonly Statement[] {
  const groups = [...new Set(discover.flatMap(({ group }) => group ?? []))]
  const named = groups.map((group) => `${arn}:autoScalingGroup:*:autoScalingGroupName/${group}`)
  const inScaling = (...actions: readonly string[]) => actions.map((action) => `autoscaling:${action}`)
  if (groups.length === 0) return []
  return [
    allow(inScaling('DescribeAutoScalingGroups', 'DescribeLifecycleHooks'), '*'),
    allow(
      inScaling('CompleteLifecycleAction', 'RecordLifecycleActionHeartbeat', 'TerminateInstanceInAutoScalingGroup'),
      named,
    ),
  ]
}

/** The minimal policy for commands on these hosts of one cluster. Pure. */
export function policyFor(hosts: readonly Wanted[], { cluster, region, discover = [] }: CloudAccount): Policy {
  const partition = partitionOf(region)
  const ec2 = `arn:${partition}:ec2:${region ?? '*'}:*`
  const balancers = hosts.flatMap((host) => host.balancers)
  const ours = { StringEquals: { [`aws:ResourceTag/${TAG.cluster}`]: cluster } }
  const looks = [
    ...LOOK,
    ...(balancers.some((each) => typeof each === 'string') ? LOOK_AT_GROUPS : []),
    ...(balancers.some((each) => typeof each !== 'string') ? LOOK_AT_CLASSIC : []),
  ].filter((action, i, all) => all.indexOf(action) === i)
  const passes = hosts.some(({ instanceProfile }) => instanceProfile !== undefined)
  return {
    Version: '2012-10-17',
    Statement: [
      allow(looks, '*'),
      ...parameters(
        `arn:${partition}:ssm:${region ?? '*'}`,
        hosts.flatMap(({ image }) => image ?? []),
      ),
      ...launching(
        ec2,
        cluster,
        hosts.some(({ spot }) => spot),
      ),
      allow(
        OWN.map((action) => `ec2:${action}`),
        `${ec2}:instance/*`,
        ours,
      ),
      allow(['ec2:CreateTags'], `${ec2}:instance/*`, {
        ...ours,
        'ForAllValues:StringEquals': { 'aws:TagKeys': [TAG.hostKey] },
      }),
      ...discovering(ec2, discover),
      ...scaling(`arn:${partition}:autoscaling:${region ?? '*'}:*`, discover),
      ...balancing(`arn:${partition}:elasticloadbalancing:${region ?? '*'}:*`, balancers),
      ...(passes
        ? [allow(['iam:PassRole'], '*', { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } })]
        : []),
    ],
  }
}
