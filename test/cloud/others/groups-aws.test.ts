import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
  PutLifecycleHookCommand,
} from '@aws-sdk/client-auto-scaling'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Ec2 } from '../../../src/cloud/aws/provider.ts'
import type * as Sdk from '../../../src/cloud/aws/sdk.ts'
import { terminate } from '../../../src/cloud/ending/terminate.ts'
import type { CloudResult } from '../../../src/cloud/events.ts'
import type { Ground } from '../../../src/cloud/ground.ts'
import { refresh } from '../../../src/cloud/ledger/refresh.ts'
import { letGo, letServe } from '../../../src/cloud/others/lifecycle.ts'
import { TAG } from '../../../src/cloud/provider.ts'
import { parseInventory } from '../../../src/inventory/parse.ts'
import { defineRole } from '../../../src/model/define-recipe.ts'
import { ACCOUNT, groundIn, written } from '../../support/cloud-ground.ts'
import { MemoryCloud } from '../../support/memory-cloud.ts'
import { withMoto } from '../../support/moto.ts'
import { gateBefore } from '../../support/moto-gate.ts'

// Against moto, and a gate in front of it that knows lifecycle states and actions, which moto does not. Nobody is at
// the addresses of members, so the hosts are those of a cloud in memory.
const test = suite('auto-scaling groups of AWS')
const env = await withMoto(test)
const gate = await gateBefore(test, env.AWS_ENDPOINT_URL ?? '')
const folder = mkdtempSync(join(tmpdir(), 'groups-'))
test.after(() => rmSync(folder, { recursive: true }))

/** A group `web` with two members and our two hooks, and what commands on it work with. */
async function world() {
  Object.assign(process.env, env, { AWS_ENDPOINT_URL: gate.url })
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const sdk: typeof Sdk = await import('../../../src/cloud/aws/sdk.ts')
  const ec2 = new sdk.EC2Client({})
  const { Subnets: [subnet] = [] } = await ec2.send(new sdk.DescribeSubnetsCommand({}))
  const { Images: [image] = [] } = await ec2.send(new sdk.DescribeImagesCommand({}))
  const client = new AutoScalingClient({})
  const LaunchConfigurationName = 'web'
  await client.send(
    new CreateLaunchConfigurationCommand({
      LaunchConfigurationName,
      ImageId: image?.ImageId,
      InstanceType: 't3.small',
    }),
  )
  const AutoScalingGroupName = 'web'
  const size = { MinSize: 1, MaxSize: 3, DesiredCapacity: 2 }
  await client.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName,
      LaunchConfigurationName,
      VPCZoneIdentifier: subnet?.SubnetId,
      ...size,
    }),
  )
  for (const [end, LifecycleTransition] of [
    ['launch', 'autoscaling:EC2_INSTANCE_LAUNCHING'],
    ['end', 'autoscaling:EC2_INSTANCE_TERMINATING'],
  ])
    await client.send(
      new PutLifecycleHookCommand({
        AutoScalingGroupName,
        LifecycleHookName: `provision-${end}`,
        LifecycleTransition,
        HeartbeatTimeout: 900,
      }),
    )
  const sizeNow = async () => {
    const { AutoScalingGroups: [group] = [] } = await client.send(new DescribeAutoScalingGroupsCommand({}))
    return [group?.DesiredCapacity, group?.Instances?.length]
  }
  return { provider: new Ec2(sdk, { provider: 'aws', cluster: 'dc1' }), sizeNow }
}

const text = JSON.stringify({
  cloud: { aws: { cluster: 'dc1', image: 'ubuntu-24.04' } },
  roles: { web: { cloud: { discover: { group: 'web' } } } },
  hosts: {},
})

test('members are found, served, drained and ended as their group says', async () => {
  const { provider, sizeNow } = await world()
  const memory = new MemoryCloud()
  const run = async (work: (ground: Ground) => Promise<readonly CloudResult[]>): Promise<string[]> => {
    const cluster = parseInventory(text, {
      path: join(folder, 'inventory.json'),
      roles: new Map([['web', defineRole({ name: 'web', recipes: [] })]]),
      ledger: { ...ACCOUNT, hosts: written(folder).ledger.hosts, ended: {} },
    })
    const results = await work(groundIn(folder, { cluster, provider, transport: memory.transport, pace: 20 }))
    return results.map(({ outcome }) => outcome).sort()
  }
  const [group] = await provider.groups.look(['web', 'none'])
  const [first = '', second = ''] = group?.members.keys() ?? []
  assert.equal([group?.desired, group?.least, group?.members.size], [2, 1, 2])
  assert.equal(await provider.groups.hooks('web'), [
    { name: 'provision-launch', at: 'launch', seconds: 900 },
    { name: 'provision-end', at: 'end', seconds: 900 },
  ])
  for (const { id, privateAddress = '', tags } of await provider.discover({ group: 'web', tags: {} })) {
    const machine = memory.others(id, tags, { privateAddress })
    await provider.tag(id, { [TAG.hostKey]: machine.key })
  }
  gate.states.set(first, 'Pending:Wait')
  assert.equal(await run((ground) => refresh(ground, false)), ['found', 'found'])
  const nameOf = (id: string) => `web-${id.slice(-8)}`
  assert.equal(await run((ground) => letServe(ground, [first, second].map(nameOf))), ['serving'])
  const launched = gate.actions.map((each) => ['Action', 'LifecycleHookName', 'InstanceId'].map((key) => each.get(key)))
  assert.equal(launched, [['CompleteLifecycleAction', 'provision-launch', first]])
  assert.is(gate.states.get(first), 'Pending:Proceed')
  const late = await provider.groups.complete({ group: 'web', hook: 'provision-launch', id: first }).catch((e) => e)
  assert.match(late.message, /No active Lifecycle Action found with instance ID i-\w+ \(ValidationError\)/)
  gate.actions.length = 0
  gate.states.set(first, 'Terminating:Wait')
  assert.equal(await run((ground) => refresh(ground, false)), ['gone', 'there'])
  assert.equal(await run(letGo), ['ended'])
  const asked = gate.actions.map((each) => ['Action', 'LifecycleHookName', 'InstanceId'].map((key) => each.get(key)))
  assert.equal(asked, [
    ['RecordLifecycleActionHeartbeat', 'provision-end', first],
    ['CompleteLifecycleAction', 'provision-end', first],
  ])
  const named = { hosts: [nameOf(second)], allow: [], dry: false }
  assert.equal(await run((ground) => terminate(ground, { ...named, shrink: true })), ['ended'])
  assert.equal(await sizeNow(), [1, 1])
  const { ledger } = written(folder)
  assert.equal(Object.keys(ledger.hosts), [nameOf(first)])
})

test.run()
