/** The recipes base and zookeeper on real hosts: from nothing, by hand, on two releases, from a tarball, growing. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { base } from '../../recipes/base.ts'
import { zookeeper } from '../../recipes/zookeeper.ts'
import { netOf } from '../../src/engine/link/net.ts'
import { createTransport, type RunResult } from '../../src/index.ts'
import type { Cluster } from '../../src/model/recipe.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { text, wanted } from '../recipes/support.ts'
import { withHosts } from '../support/hosts.ts'
import { until } from '../support/until.ts'
import { ZkClient } from '../support/zk-client.ts'
import { apply, ensemble, finish, LAYER, memory, plan, reasons } from '../support/zookeeper.ts'

const test = suite('recipes on hosts')
const { box } = await withHosts(test, import.meta.url)
const transport = createTransport()

const ok = async (host: SandboxHost, command: string, input?: string): Promise<string> => {
  const { code, stdout, stderr } = await host.sh(command, input)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.trim()
}

const all = (result: RunResult, outcome: string): void =>
  assert.ok(
    result.hosts.every((h) => h.outcome === outcome),
    `all ${outcome}? ${reasons(result)}`,
  )

/** Converges, and asks for the second run that must find nothing to do, in one exec a host. */
async function converge(cluster: Cluster): Promise<void> {
  const facts = memory()
  all(await finish(apply, cluster, facts), 'changed')
  const second = await finish(apply, cluster, facts)
  all(second, 'in-sync')
  assert.equal(
    second.hosts.map((h) => h.cost.execs),
    second.hosts.map(() => 1),
  )
}

/** What each member says of itself. */
async function health(cluster: Cluster): Promise<readonly string[]> {
  return Promise.all(
    cluster.hosts.map(async (host) => {
      const connection = await transport.connect(host)
      try {
        const { green, says } = (await zookeeper.health?.(
          host,
          cluster,
          netOf(async () => connection),
        )) ?? { green: false, says: 'no health' }
        return green ? says : `RED ${says}`
      } finally {
        await connection.close()
      }
    }),
  )
}

/** Waits until the members say this: a busy machine may make them elect once more at any time. */
const areWell = (cluster: Cluster, wanted: readonly string[]): Promise<void> =>
  until('all are well', async () => {
    assert.equal((await health(cluster)).toSorted(), wanted)
    return true
  })
const processes = (hosts: readonly SandboxHost[]) =>
  Promise.all(hosts.map((h) => ok(h, 'systemctl show --value -p MainPID zookeeper chrony | paste -sd" "')))

test('a bare Debian 12, whose packages come from the network, and two that have them become an ensemble', async () => {
  const hosts = await box.up([{ name: 'zk-1' }, { name: 'zk-2', layer: LAYER }, { name: 'zk-3', layer: LAYER }])
  // What Debian installs by default where nobody asks for chrony: it must give way.
  await ok(
    hosts[0] as SandboxHost,
    'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y systemd-timesyncd',
  )
  const cluster = ensemble(hosts)
  await converge(cluster)
  await areWell(cluster, ['follower', 'follower', 'leader, 2 of 2 followers in sync'])
  for (const host of hosts) {
    assert.is(await ok(host, 'systemctl is-system-running --wait || systemctl --failed'), 'running')
    assert.is(
      await ok(host, 'getent ahostsv4 $(hostname) | cut -d" " -f1 | sort -u'),
      host.address,
      'its own name is no loopback address',
    )
    assert.is(await ok(host, 'stat -c "%U %a" /var/lib/zookeeper/myid'), 'zookeeper 644')
  }
})

test('another number on the disk is refused, with the way out; nothing is changed', async () => {
  const hosts = ['zk-1', 'zk-2', 'zk-3'].map((name) => box.host(name))
  const before = await processes(hosts)
  const result = await finish(apply, ensemble([hosts[1], hosts[0], hosts[2]] as SandboxHost[]), memory())
  assert.is(result.hosts.find((h) => h.host === 'zk-1')?.outcome, 'refused')
  assert.match(reasons(result), /It says 1, the inventory says 2: renumbering .* Set vars\.zookeeper\.id to 1/)
  assert.equal(await processes(hosts), before)
})

test('a host that was set up by hand is in sync, and nothing is restarted', async () => {
  const [host] = (await box.up([{ name: 'by-hand', layer: LAYER }])) as [SandboxHost]
  const cluster = ensemble([host])
  const [of, its] = [wanted(zookeeper, cluster, 'by-hand'), wanted(base, cluster, 'by-hand')]
  await ok(
    host,
    `systemctl enable -q --now chrony
    apt-mark hold libzookeeper-java
    sed -i '/^127.0.1.1/d' /etc/hosts; printf '# provision: begin\\n${host.address}\\tby-hand\\n# provision: end\\n' >>/etc/hosts
    mkdir -p /etc/cloud/cloud.cfg.d /etc/zookeeper
    echo 'net.core.somaxconn = 4096' >/etc/sysctl.d/90-provision-net.core.somaxconn.conf; sysctl -q -p /etc/sysctl.d/90-provision-net.core.somaxconn.conf
    useradd --system --home-dir /var/lib/zookeeper --shell /usr/sbin/nologin --user-group zookeeper
    install -d -o zookeeper -g zookeeper -m 750 /var/lib/zookeeper /var/lib/zookeeper-log
    echo 1 >/var/lib/zookeeper/myid; chown zookeeper: /var/lib/zookeeper/myid`,
  )
  await ok(
    host,
    'cat >/etc/cloud/cloud.cfg.d/99-provision.cfg',
    text(its, 'file /etc/cloud/cloud.cfg.d/99-provision.cfg'),
  )
  await ok(host, 'cat >/etc/zookeeper/zoo.cfg', text(of, 'file /etc/zookeeper/zoo.cfg'))
  await ok(host, 'cat >/etc/systemd/system/zookeeper.service', text(of, 'unit zookeeper.service'))
  await ok(host, 'systemctl daemon-reload; systemctl enable -q --now zookeeper')
  const before = await processes([host])
  all(await finish(plan, cluster, memory()), 'in-sync')
  all(await finish(apply, cluster, memory()), 'in-sync')
  assert.equal(await processes([host]), before)
})

test('Debian 13', async () => {
  const [host] = (await box.up([{ name: 'thirteen', release: '13' }])) as [SandboxHost]
  const cluster = ensemble([host])
  await converge(cluster)
  await areWell(cluster, ['leader, alone'])
  assert.is(await ok(host, 'systemctl is-system-running --wait || systemctl --failed'), 'running')
})

test("Apache's tarball: a stand-in for its packaging, with the real ZooKeeper of Debian's jars inside", async () => {
  const [host] = (await box.up([{ name: 'tarball', layer: LAYER }])) as [SandboxHost]
  const made = await ok(
    host,
    `cd $(mktemp -d); d=apache-zookeeper-3.8.0-bin; mkdir -p $d/lib $d/conf $d/bin
    unzip -p /usr/share/java/zookeeper.jar META-INF/MANIFEST.MF | tr -d '\\r' | sed -n '/^Class-Path/,/^[^ C]/p' | sed ':a;N;$!ba;s/\\n //g' | tr ' ' '\\n' | grep '\\.jar$' |
      while read -r jar; do [ ! -e $jar ] || cp -L $jar $d/lib; done
    cp -L /usr/share/java/zookeeper.jar $d/lib/zookeeper-3.8.0.jar; cp -L /usr/share/java/slf4j-simple.jar $d/lib
    touch $d/conf/logback.xml; tar czf - $d | base64 -w0`,
  )
  const folder = mkdtempSync(join(tmpdir(), 'provision-tarball-'))
  try {
    const bytes = Buffer.from(made, 'base64')
    const tarball = join(folder, 'apache-zookeeper-3.8.0-bin.tar.gz')
    writeFileSync(tarball, bytes)
    await ok(host, 'DEBIAN_FRONTEND=noninteractive apt-get purge -q -y libzookeeper-java libslf4j-java')
    const source = { tarball, sha512: createHash('sha512').update(bytes).digest('hex'), version: '3.8.0' }
    const cluster = ensemble([host], { source })
    await converge(cluster)
    await areWell(cluster, ['leader, alone'])
    assert.match(
      await ok(
        host,
        'readlink /opt/zookeeper; tr "\\0" "\\n" </proc/$(systemctl show --value -p MainPID zookeeper)/cmdline',
      ),
      /^\/opt\/zookeeper-3\.8\.0\n[\s\S]*\/opt\/zookeeper\/lib\/\*/,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an ensemble grows from one to three in one run, one by one; what was killed in between goes on', async () => {
  const hosts = await box.up(['a', 'b', 'c'].map((name) => ({ name, layer: LAYER })))
  const [one, three] = [ensemble(hosts.slice(0, 1)), ensemble(hosts)]
  const facts = memory()
  await converge(one)
  const client = await ZkClient.open((hosts[0] as SandboxHost).address)
  await client.create('/kept', 'yes')
  client.close()
  const planned = await finish(plan, three, facts)
  all(planned, 'planned')
  assert.equal(planned.stages, [
    'ZooKeeper 1 (those that are members become alike)',
    'ZooKeeper 1 → 2 (b joins)',
    'ZooKeeper 2 → 3 (c joins)',
  ])
  // stopped when the second stage begins, then when the second member's files are written: each run finds its place
  for (const at of ['stage', 'step-done'] as const) {
    const stop = new AbortController()
    const options = { signal: stop.signal, leave: stop.signal, wait: true }
    const killed = await finish(apply, three, facts, options, (event) => {
      if (event.event === at && (event.event !== 'stage' || event.index === 1)) stop.abort()
    })
    assert.is(killed.exitCode, 1)
  }
  // the host goes on with what it was given, and holds its lock until then
  all(await finish(apply, three, facts, { wait: true }), 'changed')
  all(await finish(apply, three, facts), 'in-sync')
  await areWell(three, ['follower', 'follower', 'leader, 2 of 2 followers in sync'])
  for (const host of hosts) {
    const reader = await ZkClient.open(host.address)
    assert.ok((await reader.children('/')).includes('kept'), `${host.name} has the data`)
    reader.close()
  }
})

test.run()
