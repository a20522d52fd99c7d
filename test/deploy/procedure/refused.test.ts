// What is refused before anything is sent.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Agent } from '../../../src/deploy/agents.ts'
import { FullDiskError } from '../../../src/deploy/live-cluster.ts'
import { slaveName } from '../../support/live-cluster.ts'
import { app, type Ctx, deploys, fronts, onFakes, other, scales, started, writes } from './ground.ts'

const test = suite<Ctx>('deploy: refused')
onFakes(test)

/** A slave with room for everything. */
const roomy = (host: string): Agent => ({
  host,
  attributes: {},
  ports: [[31_000, 32_000]],
  free: { cpus: 8, mem: 8192, disk: 8192 },
})

// The way from Marathon to the HAProxies.
const DENIED = 'slave-1: registrar: the Consul agent cannot be asked: 403'
for (const [what, broken, wanted, options, outcome] of [
  ['refuses every registration', [[DENIED]], app('v2'), {}, 'refused'],
  ['… which is accepted', [[DENIED]], app('v2'), { allow: ['lb-chain'] }, 'live'],
  ['… and the app is not behind them', [[DENIED]], app('v2', 'good', { labels: {} }), {}, 'live'],
  ['was just started, and is well in a moment', [[DENIED], [DENIED], []], app('v2'), {}, 'live'],
] as const) {
  test(`a registrar ${what}: ${outcome}`, async ({ fake }) => {
    started(fake, app('v1'))
    const looks = [...broken]
    const more = { broken: async () => (looks.length > 1 ? looks.shift() : looks[0]) ?? [] }
    const { result } = await deploys(fake, { app: wanted }, options, more)
    assert.is(result.outcome, outcome, result.reason)
    if (outcome !== 'refused') return
    assert.equal(writes(fake), [])
    assert.ok(result.reason?.includes(`\n${DENIED}\nMend that first`), result.reason)
  })
}

test('an app that would deadlock is refused, unless that is waived', async ({ fake }) => {
  started(fake, app('v1'))
  const wrong = app('v2', 'good', { constraints: [['rack', 'GROUP_BY', '2']] })
  const { result } = await deploys(fake, { app: wrong })
  assert.equal([result.outcome, result.exitCode, writes(fake)], ['refused', 1, []])
  assert.match(result.reason ?? '', /^constraints\[0\] {2}GROUP_BY breaks Marathon.*\(--allow group-by\)$/)
  const waived = await deploys(fake, { app: wrong }, { allow: ['group-by'] })
  assert.equal(
    [waived.result.outcome, waived.result.findings.map(({ name, level }) => `${name} ${level}`)],
    ['live', ['group-by warn']],
  )
})

test('an older version that would deadlock is refused, too; what else is wrong with it is not', async ({ fake }) => {
  const limited = {
    constraints: [['hostname', 'MAX_PER', '2']],
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
  }
  started(fake, app('v1', 'good', limited))
  const slaves = ['slave-1', 'slave-2'].map((host) => ({ host, image: async () => undefined }))
  await deploys(fake, { app: app('v2') }, {}, { slaves })
  const before = writes(fake).length
  const { result } = await deploys(fake, { id: '/web', to: 'v1' }, {}, { slaves })
  assert.equal([result.outcome, writes(fake).length], ['refused', before])
  assert.match(
    result.reason ?? '',
    /^constraints {2}all 4 places \(2 slaves, at most 2 on each\) are taken[^\n]*\(--allow deadlock\)$/,
  )
})

test('an app that would take another one offline is refused before anything is sent', async ({ fake }) => {
  fake.others = [other('/shop', {})]
  const { result } = await deploys(
    fake,
    { app: app('v1', 'good', { labels: { 'lb.enable': 'true', 'lb.host': 'a.example' } }) },
    {},
    { fronts },
  )
  assert.equal([result.outcome, result.exitCode, writes(fake)], ['refused', 1, []])
  assert.match(result.reason ?? '', /^labels\["lb\.enable"\] {2}\/shop has no lb\.host.*\(--allow lb-clash\)$/)
})

test('an older version, or one of no tasks, that another app has replaced meanwhile', async ({ fake }) => {
  const labels = { labels: { 'lb.enable': 'true', 'lb.host': 'a.example' } }
  started(fake, app('v1', 'good', labels))
  await deploys(
    fake,
    { app: app('v2', 'good', { labels: { 'lb.enable': 'true', 'lb.host': 'b.example' } }) },
    {},
    { fronts },
  )
  fake.others = [other('/shop', { 'lb.host': 'a.example' })]
  const back = await deploys(fake, { id: '/web', to: 'v1' }, {}, { fronts })
  assert.match(back.result.reason ?? '', /^labels\["lb\.host"\] {2}a\.example already belongs to \/shop/)
  fake.others = []
  await scales(fake, 0)
  fake.others = [other('/shop', { 'lb.host': 'b.example' })]
  const up = await scales(fake, 2, {}, { fronts })
  assert.equal([up.result.outcome, up.result.reason?.includes('b.example already belongs to /shop')], ['refused', true])
})

test('an image that a slave cannot get keeps everything as it is', async ({ fake }) => {
  started(fake, app('v1'))
  const slaves = [
    { host: 'slave-1', image: async () => undefined },
    { host: 'slave-2', image: () => Promise.reject(new Error('manifest unknown')) },
  ]
  const { result } = await deploys(fake, { app: app('v2') }, {}, { slaves })
  assert.equal([result.outcome, writes(fake)], ['refused', []])
  assert.is(result.reason, 'slave-2 cannot get web:v2: manifest unknown\nNothing was sent to Marathon.')
})

for (const [what, agents, refused] of [
  ['that takes tasks', ['10.0.0.21', '10.0.0.22'], true],
  ['of a Mesos that does not answer', undefined, true],
  ['that is out of service', ['10.0.0.21'], false],
] as const) {
  test(`the full disk of a slave ${what}`, async ({ fake }) => {
    started(fake, app('v1'))
    const slaves = [
      { host: 'slave-1', image: async () => undefined },
      { host: 'slave-2', image: () => Promise.reject(new FullDiskError('/var is full')) },
    ]
    const more = { slaves, name: slaveName, agents: async () => agents?.map(roomy) }
    const { result, events } = await deploys(fake, { app: app('v2') }, {}, more)
    assert.ok(events.some((event) => event.event === 'image' && event.says === '/var is full'))
    if (!refused) return assert.is(result.outcome, 'live', result.reason)
    assert.equal([result.outcome, writes(fake)], ['refused', []])
    assert.is(
      result.reason,
      'slave-2 can start no task: /var is full\nMake room there, or take the slave out of service (provision drain).\nNothing was sent to Marathon.',
    )
  })
}

for (const [image, registries, says] of [
  [
    'reg.example.com/web:v2',
    ['other.example.com'],
    '\nvars.docker.registries has no login and no CA for reg.example.com.',
  ],
  [
    'reg.example.com/web:v2',
    ['reg.example.com'],
    '\nSlaves have what vars.docker.registries["reg.example.com"] was (login, CA) when provision last ran there.',
  ],
  [
    'team/web:v2',
    ['docker.io'],
    '\nSlaves have what vars.docker.registries["docker.io"] was (login, CA) when provision last ran there.',
  ],
  ['10.0.0.5:5000/web:v2', undefined, '\nvars.docker.registries has no login and no CA for 10.0.0.5:5000.'],
  ['team/web:v2', [], ''],
] as const)
  test(`a registry that may want a login: ${image}, ${registries}`, async ({ fake }) => {
    started(fake, app('v1'))
    const slaves = ['slave-1', 'slave-2'].map((host) => ({
      host,
      ...(registries === undefined ? {} : { registries }),
      image: () => Promise.reject(new Error('unauthorized')),
    }))
    const container = { type: 'DOCKER', docker: { image }, portMappings: [{ containerPort: 3000 }] }
    const { result } = await deploys(fake, { app: app('v2', 'good', { container }) }, {}, { slaves })
    const each = slaves.map(({ host }) => `${host} cannot get ${image}: unauthorized`).join('\n')
    assert.is(result.reason, `${each}${says}\nNothing was sent to Marathon.`)
  })

test('a slave that cannot be reached holds nobody up', async ({ fake }) => {
  started(fake, app('v1'))
  const gone = Object.assign(new Error('10.0.0.22:22 did not answer'), { name: 'TransportError' })
  const { result, events } = await deploys(
    fake,
    { app: app('v2') },
    {},
    { slaves: [{ host: 'slave-2', image: () => Promise.reject(gone) }] },
  )
  assert.is(result.outcome, 'live')
  assert.ok(events.some((event) => event.event === 'image' && event.state === 'unreachable'))
})

test.run()
