import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clusterOf, mistakesOf, SOURCES, stack } from '../support.ts'
import { vars } from './ground.ts'

const test = suite('recipes/mesos-agent: mistakes')

for (const [what, own, says] of [
  [
    'an attribute that ends another',
    { attributes: { rack: 'a;b' } },
    /attributes\.rack +must be a text without ";" and ":"/,
  ],
  ['a name that ends it', { attributes: { 'ra:ck': 'a' } }, /attributes\["ra:ck"\] +must be a name of letters/],
  ['a range that is none', { resources: { ports: ['31000'] } }, /resources\.ports.* must be a range like/],
  ['less than nothing', { resources: { cpus: -1 } }, /resources\.cpus .*must be at least 0/],
  ['a containerizer that is none', { containerizers: ['podman'] }, /containerizers\[0\] +must be "docker" or "mesos"/],
  ['a policy that is none', { reconfigurationPolicy: 'any' }, /reconfigurationPolicy +must be "additive" or "equal"/],
  [
    'a flag that is gone',
    { flags: { checkpoint: true } },
    /flags\.checkpoint +is never given: it is gone since Mesos 0\.22/,
  ],
  ['the flag that is none', { flags: { enable_cgroupsv2: true } }, /flags\.enable_cgroupsv2 +is never given/],
  [
    'systemd support',
    { flags: { systemd_enable_support: true } },
    /is set by this recipe: with it the agent does not start on cgroup v2/,
  ],
  [
    'a flag that is misspelt',
    { flags: { docker_registy: 'x' } },
    /is not a flag of mesos-agent, which would not start; did you mean "docker_registry"/,
  ],
  ['an old name', { flags: { executor_secret_key: 'x' } }, /is an old name: write "jwt_secret_key"/],
  [
    'a patience that Marathon does not have',
    { executorRegistrationTimeout: '11mins' },
    /hosts\.s-1\.vars\.mesos-agent\.executorRegistrationTimeout +is 11mins, longer than hosts\.m-1\.vars\.marathon\.taskLaunchTimeout, 600000 ms/,
  ],
] as const) {
  test(`the inventory has ${what}`, () =>
    assert.match(
      mistakesOf(() => stack(vars(own))),
      says,
    ))
}

test('the inventory has agents without Docker, or without masters', () => {
  const says = mistakesOf(() =>
    clusterOf({
      vars: { mesos: SOURCES.mesos },
      hosts: {
        z: { address: '10.0.0.1', roles: ['zookeeper'], vars: { zookeeper: { id: 1 } } },
        s: { address: '10.0.0.2', roles: ['mesos-agent'] },
      },
    }),
  )
  assert.match(says, /no host runs the recipe mesos-master/)
})

for (const [resources, says] of [
  [
    { ports: ['1-65535'] },
    /resources\.ports +has ports that others on this host listen on: 22 \(sshd\), 80 \(haproxy\), 5051 \(mesos-agent\), 8081 \(haproxy\), 8301/,
  ],
  [{ ports: ['8000-8100', '8500-8500'] }, /listen on: 8081 \(haproxy\), 8500 \(consul\)/],
  [{ ports: ['32000-31000'] }, /32000-31000 is not a range of ports: from 1 to 65535, the lower end first/],
  [{ ports: ['60000-70000'] }, /60000-70000 is not a range of ports/],
  [{ ports: 31000 }, /resources\.ports +is a list of ranges/],
  [{ mem: ['1-2'] }, /resources\.mem +is a number/],
  [{ ports: ['31000-32000', '8082-8099'], tokens: ['1-5'], cpus: 2 }, /^it was accepted$/],
] as const)
  test(`resources: ${JSON.stringify(resources)}`, () =>
    assert.match(
      mistakesOf(() => stack(vars({ resources }))),
      says,
    ))

test.run()
