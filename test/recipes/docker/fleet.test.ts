import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../../recipes/docker.ts'
import { fakeNet, paths } from '../../support/fake-net.ts'
import { mistakesOf, SOURCES, stack } from '../support.ts'

const test = suite('recipes/docker: in the cluster')

const info = paths({ '/v2/info': { body: { leader: '10.0.0.11:8080', version: '1.11.24', frameworkId: 'f' } } })
for (const [what, host, answer, peers, says] of [
  ['a slave', 's-1', '20.10.24+dfsg1 3\n', {}, { green: true, says: '20.10.24+dfsg1, 3 containers' }],
  [
    'a host whose Marathon leads',
    'm-1',
    '26.1.5 1\n',
    { '10.0.0.11:8080': info },
    { green: true, leads: true, says: '26.1.5, 1 container' },
  ],
  ['a host whose Marathon does not answer', 'm-1', '26.1.5 0\n', {}, { green: true, says: '26.1.5, 0 containers' }],
  ['one that is not there yet', 's-1', 'absent\n', {}, { green: false, down: true, says: 'not installed' }],
  [
    'one that has stopped',
    's-1',
    'stopped\n',
    {},
    { green: false, down: true, says: 'not running; its unit was stopped, or never started' },
  ],
  ['one that hangs', 's-1', 'docker does not answer\n', {}, { green: false, says: 'docker does not answer' }],
  ['one that complains', 's-1', 'ERROR: Cannot connect to the Docker daemon\nx', {}, { green: false, says: 'x' }],
] as const) {
  test(`health of ${what}`, async () => {
    const cluster = stack()
    assert.equal(
      await docker.health?.(
        cluster.host(host),
        cluster,
        fakeNet(peers, () => answer),
      ),
      says,
    )
  })
}

test('how many of a fleet may be away', () =>
  assert.equal(
    [1, 9, 10, 25].map((n) => docker.rolling?.unavailable?.(n)),
    [1, 1, 1, 2],
  ))

for (const [what, docker, consul, says] of [
  [
    'Consul for all names, and its own only',
    { dns: ['172.17.0.1'] },
    {},
    /vars\.consul\.settings\.recursors +containers ask this agent for all names/,
  ],
  ['… at a bridge of its own', { bip: '10.9.0.1/24', dns: ['10.9.0.1'] }, {}, /vars\.consul\.settings\.recursors/],
  ['Consul, which asks others', { dns: ['172.17.0.1'] }, { recursors: ['169.254.169.253'] }, undefined],
  ['Consul and another', { dns: ['172.17.0.1', '169.254.169.253'] }, {}, undefined],
  ['another', { dns: ['169.254.169.253'] }, {}, undefined],
] as const) {
  test(`containers ask ${what}`, () => {
    const vars = { docker: { settings: docker }, consul: { ...SOURCES.consul, settings: consul } }
    if (says === undefined) assert.is(stack({ vars }).hosts.length, 5)
    else
      assert.match(
        mistakesOf(() => stack({ vars })),
        says,
      )
  })
}

test.run()
