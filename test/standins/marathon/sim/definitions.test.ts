import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Simulation } from './simulation.ts'
import { get, started, types } from './started.ts'

const test = suite('marathon stand-in: definitions of apps')

test('versions: a refused one stays in the list, and so does one that was only asked for', () => {
  const sim = new Simulation()
  sim.request('POST', '/v2/apps', { id: '/a', cmd: 'x', cpus: 64 })
  sim.run(1000)
  assert.is(sim.request('PUT', '/v2/apps/a', { cpus: 1 }).status, 409)
  const { versions } = sim.request('GET', '/v2/apps/a/versions').body as { versions: string[] }
  assert.is(versions.length, 2)
  assert.is(sim.request('GET', '/v2/apps/a/versions/2015-01-01T00:00:00.000Z').status, 404)
  assert.ok(
    (sim.request('GET', '/v2/apps/a/versions').body as { versions: string[] }).versions.includes(
      '2015-01-01T00:00:00.000Z',
    ),
  )
  assert.is((get(sim) as unknown as { cpus: number }).cpus, 64)
})

for (const [what, more] of Object.entries({
  'ports of its host': { portDefinitions: [{ port: 0 }, { port: 0 }] },
  'ports that are mapped': {
    container: { type: 'DOCKER', docker: { image: 'x' }, portMappings: [{ containerPort: 80 }, { containerPort: 81 }] },
    networks: [{ mode: 'container/bridge' }],
  },
}))
  test(`the same definition put once more, whole, is no change: its service ports are kept (${what})`, () => {
    const sim = started(more)
    const { version } = sim.world.apps['/a'] as { version: string }
    const body = { cmd: 'x', cpus: 0.1, ...more }
    assert.is(sim.request('PUT', '/v2/apps/a?partialUpdate=false', body).status, 200)
    assert.equal([sim.idle(), sim.world.apps['/a']?.version], [true, version])
    sim.request('PUT', '/v2/apps/a?partialUpdate=false', { ...body, instances: 2 })
    assert.is(sim.world.apps['/a']?.versionInfo?.lastConfigChangeAt, version)
  })

test('a removed app is gone at once; its task dies over its grace, and the deployment waits for it', () => {
  const sim = started({ env: { GRACE: '4000' }, taskKillGracePeriodSeconds: 4 })
  sim.request('DELETE', '/v2/apps/a')
  assert.is(sim.request('GET', '/v2/apps/a').status, 404)
  assert.equal((sim.request('GET', '/v2/tasks').body as { tasks: unknown[] }).tasks, [])
  sim.run(2000)
  assert.not.ok(sim.idle())
  sim.run(3000)
  assert.ok(sim.idle())
  assert.equal(types(sim, 0).slice(-3), ['app_terminated_event', 'deployment_step_success', 'deployment_success'])
})

test.run()
