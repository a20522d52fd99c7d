import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Definition } from '../../src/clients/marathon-answers.ts'
import { containerizersOf } from '../../src/clients/settings/mesos.ts'
import { containerizer } from '../../src/deploy/check/containerizer.ts'
import type { InventoryHost } from '../../src/index.ts'

const test = suite('deploy checks: what runs a container')

const IMAGES = {
  isolation: ['filesystem/linux', 'docker/runtime', 'cgroups/cpu'],
  flags: { image_providers: 'appc,docker' },
}
const slave = (n: number, vars: Readonly<Record<string, unknown>> = {}): InventoryHost => ({
  name: `slave-${n}`,
  address: `203.0.113.${n}`,
  privateAddress: `10.0.0.${n}`,
  roles: [],
  vars: { 'mesos-agent': vars },
  ssh: {},
})
const docker = { docker: { image: 'web:1' } }
const on = (host: string) => ({ constraints: [['hostname', 'LIKE', host]] })

const rows: readonly [
  what: string,
  app: Definition,
  slaves: readonly Readonly<Record<string, unknown>>[],
  found: string,
][] = [
  ['Docker', { container: { type: 'DOCKER', ...docker } }, [{}, {}], ''],
  ['Docker, as nobody says a type', { container: docker }, [{}, {}], ''],
  ['a command', { cmd: 'sleep 1' }, [{}], ''],
  ['an empty container', { cmd: 'sleep 1', container: { type: 'MESOS' } }, [{}], ''],
  [
    'an image that Mesos is to get',
    { container: { type: 'MESOS', ...docker } },
    [{}, {}],
    'slave-1, slave-2 container.type',
  ],
  ['an image that Mesos gets', { container: { type: 'MESOS', ...docker } }, [IMAGES, IMAGES], ''],
  ['an image that some get', { container: { type: 'MESOS', ...docker } }, [IMAGES, {}], 'slave-2 container.type'],
  ['an image on those that get it', { container: { type: 'MESOS', ...docker }, ...on('10.0.0.1') }, [IMAGES, {}], ''],
  [
    'no isolation for images',
    { container: { type: 'MESOS', ...docker } },
    [{ flags: IMAGES.flags }],
    'slave-1 container.type',
  ],
  ['Docker without Docker', { container: docker }, [{ containerizers: ['mesos'] }, {}], 'slave-1 container.type'],
  ['a command with Docker alone', { cmd: 'sleep 1' }, [{ containerizers: ['docker'] }], 'slave-1 container'],
  ['no slave of the inventory', { cmd: 'sleep 1' }, [], ''],
]
for (const [what, app, slaves, found] of rows)
  test(what, () => {
    const hosts = slaves.map((vars, i) => slave(i + 1, vars))
    const agents = hosts.map(({ privateAddress: host }) => ({
      host,
      attributes: {},
      free: { cpus: 1, mem: 1, disk: 1 },
    }))
    const all = containerizer(app, { slaves: hosts.length, agents, containerizers: hosts.map(containerizersOf) })
    assert.is(all.map(({ path, message }) => `${message.split(' cannot start this')[0]} ${path}`).join(), found)
    for (const { level, name, message } of all) {
      assert.equal([level, name], ['refuse', 'containerizer'])
      assert.match(message, /each task there would fail: .*vars\.mesos-agent\..*\. \S.*\.$/)
    }
  })

test('where Mesos does not answer, all slaves count', () => {
  const [found] = containerizer(
    { container: { type: 'MESOS', ...docker } },
    { slaves: 1, containerizers: [containerizersOf(slave(1))] },
  )
  assert.match(found?.message ?? '', /^slave-1 cannot start this/)
})

test.run()
