import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { policyFor } from '../../src/cloud/aws/policy.ts'
import type { Discovery } from '../../src/model/cloud.ts'

const test = suite('what AWS must allow')
const root = dirname(dirname(import.meta.dirname))
const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/slaves/0123456789abcdef'
const account = { provider: 'aws', cluster: 'dc1', region: 'eu-west-1' } as const
const plain = { balancers: [], spot: false }
const actions = (policy: ReturnType<typeof policyFor>) => new Set(policy.Statement.flatMap(({ Action }) => Action))

const SERVICES: Readonly<Record<string, string>> = { ec2: 'ec2', 'auto-scaling': 'autoscaling' }
const rule = { role: 'web', roles: ['web'], group: 'web', tags: { Env: 'live' }, host: {} as Discovery['host'] }

test('all requests that can be sent are in it, and nothing else', () => {
  const sdk = readFileSync(join(root, 'src', 'cloud', 'aws', 'sdk.ts'), 'utf8')
  const sent = [...sdk.matchAll(/export \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g)].flatMap(
    ([, names = '', client]) =>
      [...names.matchAll(/\b(\w+)Command(?: as \w+)?,/g)].map(
        ([, action]) => `${SERVICES[client ?? ''] ?? 'elasticloadbalancing'}:${action}`,
      ),
  )
  const policy = policyFor([{ ...plain, balancers: [GROUP, { classic: 'old' }] }], { ...account, discover: [rule] })
  assert.equal([...actions(policy)].sort(), [...new Set(sent)].sort())
})

const ONLY: readonly (readonly [what: string, host: Parameters<typeof policyFor>[0][0], pattern: RegExp])[] = [
  ['balancers', { ...plain, balancers: [GROUP] }, /targetgroup\/slaves/],
  ['classic balancers', { ...plain, balancers: [{ classic: 'old' }] }, /eu-west-1:\*:loadbalancer\/old/],
  ['an instance profile', { ...plain, instanceProfile: 'web' }, /iam:PassRole/],
  [
    'a parameter of a publisher',
    { ...plain, image: 'resolve:ssm:/aws/service/debian/x' },
    /"arn:aws:ssm:eu-west-1::parameter\/aws\/service\/debian\/x"/,
  ],
  [
    'a parameter of the account',
    { ...plain, image: 'resolve:ssm:/web/image' },
    /"arn:aws:ssm:eu-west-1:\*:parameter\/web\/image"/,
  ],
  ['spot instances', { ...plain, spot: true }, /spot-instances-request/],
]
for (const [what, host, pattern] of ONLY)
  test(`only with ${what}: ${pattern.source}`, () => {
    assert.match(JSON.stringify(policyFor([host], account)), pattern)
    assert.not.match(JSON.stringify(policyFor([plain], account)), pattern)
  })

test('of others only the consoles of those that are hosts can be read', () => {
  const { Statement } = policyFor([plain], { ...account, discover: [rule] })
  const more = Statement.filter((each) => !JSON.stringify(policyFor([plain], account)).includes(JSON.stringify(each)))
  assert.equal(more.slice(0, 1), [
    {
      Effect: 'Allow',
      Action: ['ec2:GetConsoleOutput'],
      Resource: 'arn:aws:ec2:eu-west-1:*:instance/*',
      Condition: {
        StringEquals: { 'aws:ResourceTag/Env': 'live', 'aws:ResourceTag/aws:autoscaling:groupName': 'web' },
      },
    },
  ])
})

test('of groups only members of those that are named can be ended', () => {
  const scaling = policyFor([plain], { ...account, discover: [rule] }).Statement.filter(({ Action }) =>
    Action.some((each) => each.startsWith('autoscaling:')),
  )
  assert.equal(
    scaling.map(({ Resource }) => Resource),
    ['*', ['arn:aws:autoscaling:eu-west-1:*:autoScalingGroup:*:autoScalingGroupName/web']],
  )
  const byTags = { role: 'web', roles: ['web'], tags: { Env: 'live' }, host: rule.host }
  assert.not.match(JSON.stringify(policyFor([plain], { ...account, discover: [byTags] })), /autoscaling:Describe/)
})

const REGIONS: readonly (readonly [region: string | undefined, begins: string])[] = [
  [undefined, 'arn:aws:ec2:*:*:'],
  ['eu-west-1', 'arn:aws:ec2:eu-west-1:*:'],
  ['cn-north-1', 'arn:aws-cn:ec2:cn-north-1:*:'],
  ['us-gov-west-1', 'arn:aws-us-gov:ec2:us-gov-west-1:*:'],
]
for (const [region, begins] of REGIONS)
  test(`resources in ${region ?? 'any region'}`, () => {
    const { Statement } = policyFor([plain], { provider: 'aws', cluster: 'dc1', ...(region ? { region } : {}) })
    const resources = Statement.flatMap(({ Resource }) => Resource).filter((each) => each !== '*')
    assert.ok(resources.length > 5)
    assert.equal(
      resources.filter((each) => !each.startsWith(begins)),
      [],
    )
  })

test('nothing is changed of what has not the tag of the cluster', () => {
  for (const { Action, Resource, Condition } of policyFor([plain], account).Statement) {
    const only =
      [...Action].every((each) => /:(Describe|Get)/.test(each)) || !JSON.stringify(Resource).includes('instance/')
    const { StringEquals = {} } = Condition ?? {}
    const tag = Object.keys(StringEquals).some((key) => /(provision:cluster|ec2:CreateAction)$/.test(key))
    assert.ok(only || tag, JSON.stringify({ Action, Resource }))
  }
})

test('the documented one is the one that is printed', () => {
  const doc = readFileSync(join(root, 'docs', 'cloud.md'), 'utf8').split('## What AWS must allow')[1] ?? ''
  const shown = JSON.parse(/```jsonc?\n([\s\S]*?)```/.exec(doc)?.[1] ?? '{}')
  assert.equal(shown, policyFor([{ ...plain, balancers: [GROUP] }], account))
})

test.run()
