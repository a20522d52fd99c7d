import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cgroupsOf } from './agent/cgroups.ts'
import { incompatible } from './agent/compatibility.ts'
import { containerizers, type Host, unsupported } from './agent/containerizers.ts'
import { AGENT_FLAGS } from './common/agent-flags.ts'
import { parseAttributes } from './common/attributes.ts'
import { loadFlags } from './common/flags.ts'
import { parseResources } from './common/resource-text.ts'

const test = suite('mesos stand-in: how an agent starts')

const ends = (args: string, host: Partial<Host>): string => {
  const flags = loadFlags(AGENT_FLAGS, args.split(' '), {})
  const verdict = containerizers(flags, { cgroups: 'v1', docker: 0, exists: () => false, ...host })
  if (verdict === undefined) return 'starts'
  return 'abort' in verdict ? `abort ${verdict.at} ${verdict.abort}` : `exit ${verdict.exit}`
}

// The recorded table: flags, then what became of them on cgroup v1 and on v2.
const EMPTY = /^abort cgroups.cpp:155 Check failed: !subsystemSet.empty\(\)/
const LINUX = /^abort containerizer.cpp:582 Check failed: flags.launcher == "linux"/
const STARTS = /^starts$/
const matrix: readonly (readonly [string, RegExp, RegExp])[] = [
  ['--containerizers=docker,mesos', EMPTY, STARTS],
  ['--containerizers=docker,mesos --launcher=linux --isolation=cgroups/cpu,cgroups/mem', STARTS, STARTS],
  ['--containerizers=docker,mesos --launcher=posix', STARTS, STARTS],
  ['--containerizers=docker,mesos --launcher=posix --isolation=cgroups/cpu,cgroups/mem', LINUX, LINUX],
  ['--containerizers=docker,mesos --isolation=filesystem/linux,docker/runtime --image_providers=docker', EMPTY, STARTS],
  [
    '--containerizers=docker,mesos --isolation=cgroups/all',
    /^exit Failed to create a containerizer: .*'hugetlb'/,
    STARTS,
  ],
  ['--containerizers=docker --launcher=linux', STARTS, STARTS],
  ['--containerizers=docker --launcher=posix', STARTS, STARTS],
  ['--isolation=no/such', /^exit .*'no\/such'$/, /^exit .*'no\/such'$/],
  ['--containerizers=podman', /unsupported containerizer: podman/, /unsupported containerizer: podman/],
  ['--launcher=posix --network_cni_plugins_dir=/p', /'--network_cni_config_dir'/, /'--network_cni_config_dir'/],
  [
    '--launcher=posix --network_cni_plugins_dir=/p --network_cni_config_dir=/c',
    /'\/c' does not exist/,
    /'\/c' does not exist/,
  ],
]
for (const [args, v1, v2] of matrix)
  test(args, () => {
    assert.match(ends(args, { cgroups: 'v1' }), v1)
    assert.match(ends(args, { cgroups: 'v2' }), v2)
  })

const IMAGE = { type: 'MESOS', mesos: { image: { type: 'DOCKER' } } } as const
for (const [what, args, container, why] of [
  ['a command', '--containerizers=docker,mesos', undefined, /^$/],
  ['a command', '--containerizers=docker', undefined, /^None of the enabled containerizers \(docker\) /],
  ['Docker', '--containerizers=mesos', { type: 'DOCKER' }, /^None of the enabled containerizers \(mesos\) /],
  ['an image without Docker', '--containerizers=docker,mesos', IMAGE, /: Unsupported container image type: DOCKER$/],
  ['an image without Docker', '--containerizers=mesos --image_providers=appc,docker', IMAGE, /^$/],
] as const)
  test(`${what}, with ${args}`, () =>
    assert.match(unsupported(loadFlags(AGENT_FLAGS, args.split(' '), {}), container) ?? '', why))

test('on a hybrid host no flags will do', () =>
  assert.match(ends('--launcher=posix', { cgroups: 'hybrid' }), /^exit .*unexpected location/))

test('without the docker client', () =>
  assert.match(
    ends('--containerizers=docker,mesos', { docker: 127 }),
    /Could not create DockerContainerizer: .* exited with status 127$/,
  ))

test('which cgroups a host shows', () => {
  assert.is(cgroupsOf('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n'), 'v2')
  assert.is(cgroupsOf('tmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw 0 0\n'), 'v1')
  assert.is(
    cgroupsOf('cgroup /sys/fs/cgroup/memory cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n'),
    'hybrid',
  )
})

const info = (resources: string, attributes: string, hostname = 'h4') => ({
  hostname,
  port: 5051,
  resources: parseResources(resources),
  attributes: parseAttributes(attributes),
})
const was = info('cpus:2;mem:64;ports:[31000-32000]', 'rack:r5;zone:a')
const changes: readonly (readonly [string, ReturnType<typeof info>, RegExp | undefined, RegExp | undefined])[] = [
  ['nothing', info('mem:64;cpus:2;ports:[31000-32000]', 'zone:a;rack:r5'), undefined, undefined],
  [
    'an attribute',
    info('cpus:2;mem:64;ports:[31000-32000]', 'rack:r6;zone:a'),
    /^Incompatible agent info detected\. /,
    /^Configuration change not permitted under 'additive' policy: Value of text attribute 'rack' changed from r5 to r6$/,
  ],
  [
    'an attribute more',
    info('cpus:2;mem:64;ports:[31000-32000]', 'rack:r5;zone:a;ssd:yes'),
    /^Incompatible/,
    undefined,
  ],
  [
    'an attribute less',
    info('cpus:2;mem:64;ports:[31000-32000]', 'rack:r5'),
    /^Incompatible/,
    /Couldn't find attribute/,
  ],
  ['more of a resource', info('cpus:3;mem:64;ports:[31000-32001]', 'rack:r5;zone:a'), /^Incompatible/, undefined],
  [
    'less of a resource',
    info('cpus:1;mem:64;ports:[31000-32000]', 'rack:r5;zone:a'),
    /^Incompatible/,
    /Value of scalar resource 'cpus' decreased from 2 to 1$/,
  ],
  [
    'other ports',
    info('cpus:2;mem:64;ports:[31001-32001]', 'rack:r5;zone:a'),
    /^Incompatible/,
    /not included in current \[31001-32001\]$/,
  ],
  [
    'the hostname',
    info('cpus:2;mem:64;ports:[31000-32000]', 'rack:r5;zone:a', '10.77.0.14'),
    /^Incompatible/,
    /Hostname changed from h4 to 10\.77\.0\.14$/,
  ],
]
for (const [what, now, equal, additive] of changes)
  test(`changed: ${what}`, () => {
    for (const [policy, wanted] of [
      ['equal', equal],
      ['additive', additive],
    ] as const) {
      const said = incompatible(policy, was, now)
      if (wanted === undefined) assert.is(said, undefined, policy)
      else assert.match(said ?? '', wanted, policy)
    }
  })

test('a ; or : in an attribute makes two of one, silently', () =>
  assert.equal(
    parseAttributes('rack:bad;attr:ibute').map((a) => [a.name, a.text?.value]),
    [
      ['rack', 'bad'],
      ['attr', 'ibute'],
    ],
  ))

test('a resource that is no number', () =>
  assert.throws(() => parseResources('mem:banana'), /^Bad type for resource mem value banana type TEXT$/))

test.run()
