import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { zookeeper } from '../../../recipes/zookeeper.ts'
import type { Cluster } from '../../../src/model/recipe.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { clusterOf, ensemble, mistakesOf, text, wanted } from '../support.ts'

const test = suite('recipes/zookeeper: configuration')

const ids = (cluster: Cluster, name = 'zk-1') => wanted(zookeeper, cluster, name).map((r) => r.id)
const config = (cluster: Cluster, name = 'zk-1') =>
  text(wanted(zookeeper, cluster, name), 'file /etc/zookeeper/zoo.cfg')
test("Debian's package: everything before its first start", () => {
  assert.equal(ids(ensemble([1, 2, 3])), [
    'package default-jre-headless',
    'package libzookeeper-java',
    'user zookeeper',
    'directory /var/lib/zookeeper',
    'directory /var/lib/zookeeper-log',
    'directory /etc/zookeeper',
    'file /etc/zookeeper/zoo.cfg',
    'file /var/lib/zookeeper/myid',
    'unit zookeeper.service',
    'service zookeeper',
  ])
})

test("Apache's tarball", () => {
  const source = {
    tarball: 'https://archive.apache.org/dist/zookeeper/zookeeper-3.9.5/apache-zookeeper-3.9.5-bin.tar.gz',
    sha512: 'a'.repeat(128),
    version: '3.9.5',
  }
  const cluster = ensemble([1], { source })
  assert.is(ids(cluster)[1], 'archive /opt/zookeeper-3.9.5')
  assert.match(
    text(wanted(zookeeper, cluster, 'zk-1'), 'unit zookeeper.service'),
    /^ {2}-cp \/opt\/zookeeper\/conf:\/opt\/zookeeper\/lib\/\* \\$/m,
  )
})

test('zoo.cfg', () => {
  assert.is(
    config(ensemble([1, 2, 3], { settings: { 'metricsProvider.httpPort': 7000 } })),
    `# Written by provision (recipe zookeeper). What is changed here by hand is overwritten.
tickTime=2000
initLimit=10
syncLimit=5
dataDir=/var/lib/zookeeper
dataLogDir=/var/lib/zookeeper-log
clientPort=2181
maxClientCnxns=0
autopurge.snapRetainCount=5
autopurge.purgeInterval=1
4lw.commands.whitelist=srvr, mntr, ruok, isro, conf, stat
# Its default port, 8080, is Marathon's.
admin.enableServer=false
standaloneEnabled=false
metricsProvider.httpPort=7000
server.1=10.0.0.11:2888:3888
server.2=10.0.0.12:2888:3888
server.3=10.0.0.13:2888:3888
`,
  )
})

test('members are sorted by their number, and every host gets the same bytes', () => {
  const cluster = ensemble([30, 4, 100])
  const lines = config(cluster)
    .split('\n')
    .filter((line) => line.startsWith('server.'))
  assert.equal(lines, [
    'server.4=10.0.0.12:2888:3888',
    'server.30=10.0.0.11:2888:3888',
    'server.100=10.0.0.13:2888:3888',
  ])
  assert.is(config(cluster, 'zk-1'), config(cluster, 'zk-3'))
})

test('an IPv6 address is put into brackets', () => {
  const cluster = clusterOf({
    hosts: {
      a: { address: 'a.example', privateAddress: 'fd00::1', roles: ['zookeeper'], vars: { zookeeper: { id: 1 } } },
    },
  })
  assert.match(config(cluster, 'a'), /^server\.1=\[fd00::1\]:2888:3888$/m)
})

test('the service restarts on what it runs, and on nothing else', () => {
  const service = wanted(zookeeper, ensemble([1]), 'zk-1').at(-1) as Resource
  assert.equal(
    (service.props as { restartOn: { id: string }[] }).restartOn.map((r) => r.id),
    [
      'package libzookeeper-java',
      'file /etc/zookeeper/zoo.cfg',
      'file /var/lib/zookeeper/myid',
      'unit zookeeper.service',
    ],
  )
})

test('the heap is part of the unit', () => {
  assert.match(
    text(wanted(zookeeper, ensemble([1], { heapMb: 512 }), 'zk-1'), 'unit zookeeper.service'),
    /^ {2}-Xmx512m \\$/m,
  )
})

for (const [what, make, says] of [
  ['a duplicate number', () => ensemble([1, 1, 2]), /hosts\.zk-2\.vars\.zookeeper\.id +1 is the number of zk-1, too/],
  ['two members', () => ensemble([1, 2]), /2 hosts run zookeeper: an even number/],
  ['four members', () => ensemble([1, 2, 3, 4]), /Use 3 or 5/],
  ['one member', () => ensemble([7]), /it was accepted/],
  [
    'no number',
    () => clusterOf({ hosts: { a: { address: 'a.example', roles: ['zookeeper'] } } }),
    /hosts\.a\.vars\.zookeeper\.id +is missing/,
  ],
  ['the number 0', () => ensemble([0]), /id +must be at least 1, not 0/],
  ['the number 256', () => ensemble([256]), /id +must be at most 255/],
  [
    'a number as text',
    () => clusterOf({ hosts: { a: { address: 'a.example', roles: ['zookeeper'], vars: { zookeeper: { id: '1' } } } } }),
    /id +must be a number/,
  ],
  ['a misspelt variable', () => ensemble([1], { heapMB: 100 }), /heapMB +is not a known key; did you mean "heapMb"/],
  ['a relative data directory', () => ensemble([1], { dataDir: 'data' }), /dataDir +must be an absolute path/],
  ['a flag that is two', () => ensemble([1], { jvmFlags: ['-Xss1m -Xint'] }), /jvmFlags\[0\] +must be a flag/],
  [
    'a setting that is a variable',
    () => ensemble([1], { settings: { tickTime: 3000 } }),
    /"tickTime" cannot be set here: it is the variable tickTime/,
  ],
  [
    'one under its other name',
    () => ensemble([1], { settings: { 'zookeeper.admin.enableServer': true } }),
    /"admin.enableServer" cannot be set here/,
  ],
  [
    'a member of another place',
    () => ensemble([1], { settings: { 'server.9': 'x:2888:3888' } }),
    /"server" cannot be set here: it is the hosts of the inventory/,
  ],
  [
    'a line break in a setting',
    () => ensemble([1], { settings: { a: 'b\nserver.9=x' } }),
    /settings\.a +must be one line of text/,
  ],
  [
    'a sum that is none',
    () => ensemble([1], { source: { tarball: 'x.tar.gz', version: '3.9.5', sha512: 'abc' } }),
    /sha512 +must be a sum of 128/,
  ],
] as const) {
  test(`the inventory has ${what}`, () => assert.match(mistakesOf(make), says))
}

test.run()
