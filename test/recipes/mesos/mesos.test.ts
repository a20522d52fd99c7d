import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { libraries, releaseOf } from '../../../recipes/mesos/package.ts'
import { mesos } from '../../../recipes/mesos.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { type Script, sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { fakeNet } from '../../support/fake-net.ts'
import { place } from '../../support/run-local.ts'
import { clusterOf, hostOf, mistakesOf, propsOf, RELEASES, SOURCES, stack, text, wanted } from '../support.ts'

process.env.TEST_ZK = 'hunter2'
const test = suite('recipes/mesos')
const APT = { apt: { key: { url: 'https://www.aventer.biz/assets/support_aventer.asc', sha256: 'b'.repeat(64) } } }
const ids = (resources: readonly Resource[]) => resources.map((r) => r.id)
const of = (vars: object, host = 's-1', facts: object = {}) =>
  wanted(mesos, stack({ vars: { mesos: { ...SOURCES.mesos, ...vars } } }), host, facts)

test('the address of ZooKeeper before the package, whose daemons start on nothing', () =>
  assert.equal(ids(of({})), [
    'directory /etc/mesos',
    'file /etc/mesos/zk',
    'package libsasl2-modules',
    'package aventer-mesos',
    'directory /var/lib/mesos',
    'directory /var/log/mesos',
  ]))

test('one .deb: its name says package and version; it is held', () => {
  const { version, held, deb } = propsOf(of({}), 'package aventer-mesos')
  assert.equal(
    [version, held, (deb as { source: string }).source],
    ['1.11.0-0.9.0.debian12', true, 'https://files.test/aventer-mesos_1.11.0-0.9.0.debian12_amd64.deb'],
  )
})

for (const [release, uri] of [
  ['bookworm', 'http://rpm.aventer.biz/Debian/'],
  ['noble', 'http://rpm.aventer.biz/Ubuntu/noble'],
] as const) {
  test(`ClusterD's repository for ${release}`, () => {
    const list = of({ source: APT }, 's-1', RELEASES[release])
    const { files } = propsOf(list, 'aptRepository mesos') as { files: { sources: { content: { word: string } } } }
    assert.is(
      files.sources.content.word,
      `Types: deb\nURIs: ${uri}\nSuites: ${release}\nComponents: main\nSigned-By: /etc/apt/keyrings/mesos.asc\n`,
    )
    assert.ok(ids(list).indexOf('aptRepository mesos') < ids(list).indexOf('package aventer-mesos'))
  })
}

test('a mirror', () => {
  const { files } = propsOf(
    of({ source: { apt: { ...APT.apt, uri: 'http://mirror.test/m', suite: './x', component: 'c' } } }),
    'aptRepository mesos',
  ) as {
    files: { sources: { content: { word: string } } }
  }
  assert.match(files.sources.content.word, /^URIs: http:\/\/mirror\.test\/m\nSuites: \.\/x\nComponents: c$/m)
})

for (const [what, vars, is] of [
  [
    'a .deb',
    { source: { deb: '/tmp/aventer-mesos_1.11.0-0.9.0.ubuntu2404_arm64.deb', sha256: '' } },
    ['aventer-mesos', '1.11.0-0.9.0.ubuntu2404', 'clusterd'],
  ],
  [
    'a .deb with an epoch',
    { source: { deb: 'http://x/mesos_1%3a1.11.0_amd64.deb', sha256: '' } },
    ['mesos', '1:1.11.0', 'mesosphere'],
  ],
  [
    'a .deb of another name',
    { source: { deb: '/tmp/x.deb', sha256: '' }, package: 'mine', version: '1' },
    ['mine', '1', 'clusterd'],
  ],
  ['a repository', { source: APT }, ['aventer-mesos', undefined, 'clusterd']],
  [
    'an old repository',
    { source: APT, package: 'mesos', version: '1.11.0-2.0.1' },
    ['mesos', '1.11.0-2.0.1', 'mesosphere'],
  ],
  ['one that says so', { source: APT, flavour: 'mesosphere' }, ['aventer-mesos', undefined, 'mesosphere']],
] as const) {
  test(`package, version and flavour of ${what}`, () => {
    const { name, version, flavour, bin, agentUnit } = releaseOf(vars as never)
    assert.equal([name, version, flavour], is)
    assert.equal([bin, agentUnit], is[2] === 'clusterd' ? ['/usr/bin', 'mesos-agent'] : ['/usr/sbin', 'mesos-slave'])
  })
}

test('an old package enables both daemons: the one that is not wanted is masked before it comes', () => {
  const old = { source: APT, package: 'mesos' }
  for (const [host, masked] of [
    ['s-1', 'service mesos-master'],
    ['m-1', 'service mesos-slave'],
  ] as const) {
    const list = of(old, host)
    assert.equal(
      ids(list).filter((id) => id.startsWith('service')),
      [masked],
    )
    assert.is(propsOf(list, masked).masked, true)
    assert.ok(ids(list).indexOf(masked) < ids(list).indexOf('package mesos'))
  }
  const alone = clusterOf({
    vars: { ...SOURCES, mesos: old },
    hosts: { all: { address: '10.0.0.1', roles: ['mesos-master', 'mesos-slave'], vars: { zookeeper: { id: 1 } } } },
  })
  assert.not.ok(ids(wanted(mesos, alone, 'all')).some((id) => id.startsWith('service')))
})

test('the members of ZooKeeper by their numbers, wherever they run', () => {
  const apart = clusterOf({
    vars: SOURCES,
    hosts: {
      a: { address: '10.0.0.3', roles: ['zookeeper'], vars: { zookeeper: { id: 9 } } },
      b: { address: 'fd00::2', roles: ['zookeeper'], vars: { zookeeper: { id: 10 } } },
      c: { address: '10.0.0.1', roles: ['zookeeper'], vars: { zookeeper: { id: 2 } } },
      m: { address: '10.0.0.9', roles: ['mesos-master-only'] },
    },
  })
  assert.is(
    text(wanted(mesos, apart, 'm'), 'file /etc/mesos/zk'),
    'zk://10.0.0.1:2181,10.0.0.3:2181,[fd00::2]:2181/mesos\n',
  )
})

test('a password of ZooKeeper: the file is secret; the login stands once', () => {
  const zk = of({ zkUser: 'mesos', zkPassword: 'env:TEST_ZK' }).find((r) => r.id === 'file /etc/mesos/zk') as Resource
  const { secret, mode, content } = zk.props as {
    secret: boolean
    mode: string
    content: { word: unknown; size: number }
  }
  assert.equal([secret, mode, content.word instanceof Secret], [true, '0600', true])
  assert.is(content.size, 'zk://mesos:hunter2@10.0.0.11:2181,10.0.0.12:2181,10.0.0.13:2181/mesos\n'.length)
  assert.not.match(JSON.stringify(zk.props), /hunter2/)
})

for (const [what, vars, says] of [
  ['no source', { mesos: {} }, /vars\.mesos\.source +is missing/],
  ['a .deb without its sum', { mesos: { source: { deb: 'https://x.test/m.deb' } } }, /source\.sha256 +is missing/],
  [
    'a password that ends the URL',
    { mesos: { ...SOURCES.mesos, zkUser: 'm', zkPassword: 'env:TEST_AT' } },
    /env:TEST_AT stands for is not a password without/,
  ],
  ['a user that ends the URL', { mesos: { ...SOURCES.mesos, zkUser: 'm@x' } }, /zkUser +must be a name without/],
  ['half a login', { mesos: { ...SOURCES.mesos, zkUser: 'm' } }, /zkUser +goes with zkPassword/],
  ['a path without a slash', { mesos: { ...SOURCES.mesos, zkPath: 'mesos' } }, /zkPath +must be a path/],
] as const) {
  test(`the inventory has ${what}`, () => {
    process.env.TEST_AT = 'a@b'
    assert.match(
      mistakesOf(() => stack({ vars })),
      says,
    )
  })
}

test('the inventory has two paths, which would be two clusters', () =>
  assert.match(
    mistakesOf(() =>
      stack({
        hosts: { 's-9': { address: '10.0.0.29', roles: ['mesos-slave'], vars: { mesos: { zkPath: '/messo' } } } },
      }),
    ),
    /hosts\.s-9\.vars\.mesos\.zkPath +is \/messo, and m-1 has \/mesos/,
  ))

test('the inventory has no ZooKeeper', () =>
  assert.match(
    mistakesOf(() =>
      clusterOf({
        vars: { mesos: SOURCES.mesos },
        hosts: { m: { address: '10.0.0.1', roles: ['mesos-master-only'] } },
      }),
    ),
    /no host runs the recipe zookeeper/,
  ))

for (const [what, vars, facts, refused] of [
  ['a release that ClusterD has', { source: APT }, {}, []],
  ['Debian 13', { source: APT }, RELEASES.trixie, ['mesos-package']],
  ['Debian 13 with a .deb', {}, RELEASES.trixie, []],
  [
    'Debian 13 with a mirror of its own',
    { source: { apt: { ...APT.apt, uri: 'http://m.test' } } },
    RELEASES.trixie,
    [],
  ],
  ['cgroup v1 with ClusterD 0.9', {}, { cgroup: 1 }, ['mesos-cgroup']],
  ['cgroup v1 with ClusterD 0.10', { version: '1.11.0-0.10.0.debian12' }, { cgroup: 1 }, []],
  ['cgroup v2 with an old package', { source: APT, package: 'mesos' }, { cgroup: 2 }, ['mesos-cgroup']],
  ['cgroup v1 with an old package', { source: APT, package: 'mesos' }, { cgroup: 1 }, []],
] as const) {
  test(`refuses: ${what}`, async () => {
    const cluster = stack({ vars: { mesos: { ...SOURCES.mesos, ...vars } } })
    const refusals = (await mesos.refuse?.(hostOf(cluster, 's-1', facts), cluster, [], fakeNet({}))) ?? []
    assert.equal(
      refusals.map((r) => r.refusal),
      refused,
    )
  })
}

/** How a machine is whose ldd says this, and where the program is or is not. */
for (const [what, program, says, done, fails] of [
  ['the program is not there yet', '/no/such/program', '', false, undefined],
  ['it finds all', '/bin/sh', 'libc.so.6 => /lib/libc.so.6 (0x7f)', true, undefined],
  [
    'it lacks two',
    '/bin/sh',
    '\tlibsvn.so.1 => not found\n\tlibc.so.6 => /lib/x\n\tlibapr.so => not found',
    false,
    /does not find: libsvn\.so\.1 libapr\.so; name the packages/,
  ],
] as const)
  test(`libraries: ${what}`, () => {
    const { unless, run } = libraries(program).props as { unless: Script; run: Script }
    const ldd = sh`ldd() { printf '%b\n' ${says}; }`
    const at = place()
    try {
      const probe = at.run(sh`
        ${ldd}
        if { ${unless}
        }; then echo done; else echo 'not done'; fi`)
      assert.is(probe.trim(), done ? 'done' : 'not done')
      const runs = () =>
        at.run(sh`
        ${ldd}
        ( set -e
        ${run}
        )`)
      if (fails === undefined) runs()
      else assert.throws(runs, fails)
    } finally {
      at.remove()
    }
  })

test.run()
