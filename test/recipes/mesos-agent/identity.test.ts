import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Identity, incompatible, readValue, valuesOf } from '../../../recipes/mesos-agent/identity.ts'
import { mesosAgent } from '../../../recipes/mesos-agent.ts'
import type { Step } from '../../../src/model/plan.ts'
import { fakeNet, paths } from '../../support/fake-net.ts'
import type { Said } from '../../support/http-peer.ts'
import { envChange, hostOf, stack } from '../support.ts'
import { AGENT, recorded, vars } from './ground.ts'

const test = suite('recipes/mesos-agent: identity')

const WAS: Identity = {
  hostname: 'h4',
  port: 5051,
  attributes: { rack: 'r5', slot: 2 },
  resources: { cpus: 2, mem: 2048, disk: 4096, gpus: 0, ports: readValue('[31000-32000]'), tokens: 3 },
}
for (const [what, to, additive, equal] of [
  ['the same', {}, [], []],
  [
    'another value of an attribute',
    { attributes: { ...WAS.attributes, rack: 'r6' } },
    ['its attribute rack would change from r5 to r6'],
    'same',
  ],
  ['a new attribute', { attributes: { ...WAS.attributes, ssd: 'yes' } }, [], ['it would get a new attribute, ssd:yes']],
  ['an attribute that goes', { attributes: { rack: 'r5' } }, ['its attribute slot would go'], 'same'],
  [
    'a number that grows',
    { attributes: { ...WAS.attributes, slot: 3 } },
    [],
    ['its attribute slot would change from 2 to 3'],
  ],
  [
    'text that was a number',
    { attributes: { ...WAS.attributes, slot: 'two' } },
    ['its attribute slot would change from 2 to two'],
    'same',
  ],
  [
    'more of a resource',
    { resources: { ...WAS.resources, cpus: 3 } },
    [],
    ['its resource cpus would change from 2 to 3'],
  ],
  [
    'less of a resource',
    { resources: { ...WAS.resources, mem: 1024 } },
    ['its resource mem would change from 2048 to 1024'],
    'same',
  ],
  [
    'fewer ports',
    { resources: { ...WAS.resources, ports: readValue('[31000-31999]') } },
    ['its resource ports would change from [31000-32000] to [31000-31999]'],
    'same',
  ],
  [
    'more ports',
    { resources: { ...WAS.resources, ports: readValue('[31000-32000, 40000-40010]') } },
    [],
    ['its resource ports would change from [31000-32000] to [31000-32000, 40000-40010]'],
  ],
  [
    'the same ports, said in two',
    { resources: { ...WAS.resources, ports: readValue('[31501-32000,31000-31500]') } },
    [],
    [],
  ],
  [
    'what Mesos finds for itself',
    { resources: { cpus: 2, mem: 2048, ports: readValue('[31000-32000]'), tokens: 3 } },
    [],
    [],
  ],
  [
    'a resource of its own that goes',
    { resources: { cpus: 2, mem: 2048, ports: readValue('[31000-32000]') } },
    ['its resource tokens would go'],
    'same',
  ],
  ['another name', { hostname: '10.77.0.14' }, ['its hostname would change from h4 to 10.77.0.14'], 'same'],
  ['another port', { port: 5052 }, ['its port would change from 5051 to 5052'], 'same'],
] as const) {
  test(`an agent that would become ${what}`, () => {
    const then = { ...WAS, ...to } as Identity
    assert.equal(incompatible(WAS, then, 'additive'), additive)
    assert.equal(incompatible(WAS, then, 'equal'), equal === 'same' ? additive : equal)
  })
}

test('flags and state are read alike', () => {
  assert.equal(valuesOf('rack:r1;slot:5;ports:[1-2, 3-9];x:us-east-1a'), {
    rack: 'r1',
    slot: 5,
    ports: [[1, 9]],
    x: 'us-east-1a',
  })
  assert.equal(readValue('[31000-31000]'), [[31000, 31000]])
})

/** An agent that runs: as recorded, at s-1's address. */
const state = (more: object = {}): Said => ({
  body: { ...JSON.parse(recorded('agent-state')), hostname: '10.0.0.21', ...more },
})
const restart = (diff: string): readonly Step[] => envChange('mesos-agent', '/etc/mesos/agent.env', diff)
const SAME = { attributes: { rack: 'r4', zone: 'a' }, resources: { cpus: 2, mem: 2048, disk: 4096 } }
const RACK = '-MESOS_ATTRIBUTES=rack:r3;zone:a\n+MESOS_ATTRIBUTES=rack:r4;zone:a'

for (const [what, own, steps, peer, refused] of [
  ['a change of something else', SAME, restart('-MESOS_GC_DELAY=1days\n+MESOS_GC_DELAY=2days'), state(), []],
  [
    'another rack',
    { ...SAME, attributes: { rack: 'r5', zone: 'a' } },
    restart(''),
    state(),
    [/its attribute rack would change from r4 to r5/],
  ],
  ['a new attribute', { ...SAME, attributes: { rack: 'r4', zone: 'a', ssd: 'yes' } }, restart(''), state(), []],
  [
    'the same, under "equal"',
    { ...SAME, attributes: { rack: 'r4', zone: 'a', ssd: 'yes' }, reconfigurationPolicy: 'equal' },
    restart(''),
    state(),
    [/new attribute, ssd:yes \(its reconfigurationPolicy is "equal"\)/],
  ],
  [
    'less memory',
    { ...SAME, resources: { ...SAME.resources, mem: 1024 } },
    restart(''),
    state(),
    [/its resource mem would change from 2048 to 1024/],
  ],
  [
    'another hostname',
    SAME,
    restart(''),
    state({ hostname: 'h4' }),
    [/its hostname would change from h4 to 10\.0\.0\.21/],
  ],
  [
    'two at once',
    { ...SAME, attributes: {} },
    restart(''),
    state(),
    [/its attribute rack would go; its attribute zone would go/],
  ],
  ['one that does not run', { ...SAME, attributes: { rack: 'r5' } }, restart(''), undefined, []],
  [
    'one that recovers: its file says what it was',
    SAME,
    restart(RACK),
    { status: 503 },
    [/rack would change from r3 to r4/],
  ],
  [
    'one that wants to know who asks',
    SAME,
    restart('-MESOS_ATTRIBUTES=rack:r4;zone:a;x:1\n+MESOS_ATTRIBUTES=rack:r4;zone:a'),
    { status: 401 },
    [/its attribute x would go/],
  ],
  ['no restart', { ...SAME, attributes: { rack: 'r5' } }, restart('').slice(0, 1), state(), []],
  [
    'a work_dir that moves',
    SAME,
    restart('-MESOS_WORK_DIR=/a\n+MESOS_WORK_DIR=/b'),
    state(),
    [/it would lose its identity/],
  ],
] as const) {
  test(`refuses: ${what}`, async () => {
    const cluster = stack(vars(own))
    const net = fakeNet(peer === undefined ? {} : { [AGENT]: paths({ '/state': peer }) })
    const refusals = (await mesosAgent.refuse?.(hostOf(cluster, 's-1'), cluster, steps, net)) ?? []
    assert.is(refusals.length, refused.length)
    refused.forEach((says, i) => {
      assert.match(refusals[i]?.reason ?? '', says)
    })
  })
}

test('the way out of a refusal', async () => {
  const cluster = stack(vars({ attributes: { rack: 'r5' } }))
  const net = fakeNet({ [AGENT]: paths({ '/state': state() }) })
  const [refusal] = (await mesosAgent.refuse?.(hostOf(cluster, 's-1'), cluster, restart(''), net)) ?? []
  assert.is(refusal?.refusal, 'mesos-agent-identity')
  assert.is(
    refusal?.remedy,
    'Put it back. Or give it a new identity: drain it, stop its unit, remove /var/lib/mesos/agent/meta/slaves/latest, and run again.',
  )
})

test.run()
