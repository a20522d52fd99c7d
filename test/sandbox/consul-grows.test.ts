/** The recipes consul and consul-server with the real Consul: an agent that was set up by hand, and a cluster that grows. */
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { consul } from '../../recipes/consul.ts'
import type { RunResult } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { text, wanted } from '../recipes/support.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { lab, ok, says } from '../support/consul.ts'
import { withHosts } from '../support/hosts.ts'
import { memory } from '../support/memory.ts'
import { until } from '../support/until.ts'
import { apply, finish, LAYER, outcomes, plan, reasons } from '../support/zookeeper.ts'

const test = suite('consul on hosts, by hand and growing')
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul'])

const every = (result: RunResult, outcome: string): void =>
  assert.deepEqual([...new Set(Object.values(outcomes(result)))], [outcome], reasons(result))
const pid = (host: SandboxHost): Promise<string> => ok(host, 'systemctl show --value -p MainPID consul')

test('an agent that was set up by hand to the same state is in sync, and nothing is restarted', async () => {
  const [host] = (await box.up([{ name: 'hand', layer: LAYER }])) as [SandboxHost]
  const cluster = await lab([host], artifacts)
  const { url, sha256, version } = await artifacts.part('consul')
  const its = wanted(consul, cluster, 'hand')
  const everything = await finish(apply, cluster, memory(), {}) // the base, which is not what this is about
  every(everything, 'changed')
  await ok(
    host,
    'systemctl disable -q --now consul; rm -r /etc/consul.d /var/lib/consul /opt/consul-* /usr/local/bin/consul /etc/systemd/system/consul.service; userdel consul; rm -rf /var/lib/provision',
  )
  await ok(
    host,
    `useradd --system --home-dir /var/lib/consul --shell /usr/sbin/nologin --user-group consul
    mkdir /opt/consul-${version}; cd /opt/consul-${version}; curl -s -o /tmp/consul.zip ${url}; unzip -q /tmp/consul.zip
    echo 'sha256 ${sha256} strip 0' >.provision; ln -s /opt/consul-${version}/consul /usr/local/bin/consul
    install -d -g consul -m 750 /etc/consul.d /etc/consul.d/services; install -d -o consul -g consul -m 700 /var/lib/consul`,
  )
  for (const name of ['consul', 'join'])
    await ok(
      host,
      `cat >/etc/consul.d/${name}.json; chgrp consul /etc/consul.d/${name}.json; chmod 640 /etc/consul.d/${name}.json`,
      text(its, `file /etc/consul.d/${name}.json`),
    )
  await ok(host, 'cat >/etc/systemd/system/consul.service', text(its, 'unit consul.service'))
  await ok(
    host,
    'systemctl daemon-reload; systemctl enable -q --now consul; until [ -e /var/lib/consul/node-id ]; do sleep .1; done',
  )
  const before = await pid(host)
  every(await finish(plan, cluster, memory()), 'in-sync')
  every(await finish(apply, cluster, memory()), 'in-sync')
  assert.equal(await pid(host), before)
})

test('a cluster grows from one to three in one run, one by one; nobody is restarted', async () => {
  const hosts = await box.up(['g-1', 'g-2', 'g-3'].map((name) => ({ name, layer: LAYER })))
  const own = memory()
  const of = (n: number) => lab(hosts.slice(0, n), artifacts)
  every(await finish(apply, await of(1), own), 'changed')
  const [first] = hosts as [SandboxHost]
  await ok(first, 'until [ "$(curl -s -X PUT -d yes 127.0.0.1:8500/v1/kv/kept)" = true ]; do sleep .1; done')
  const before = await pid(first)
  const grown = await finish(apply, await of(3), own)
  every(grown, 'changed')
  assert.deepEqual(
    grown.events.flatMap((event) => (event.event === 'stage' ? [event.says] : [])),
    [
      'Consul servers 1 (those that are members become alike)',
      'Consul servers 1 → 2 (g-2 joins)',
      'Consul servers 2 → 3 (g-3 joins)',
    ],
  )
  every(await finish(apply, await of(3), own), 'in-sync')
  assert.equal(await pid(first), before)
  const healthy = async () => (await says(await of(3))).filter((line) => line.includes(', 3 of 3 servers healthy'))
  await until('all are healthy', async () => (await healthy()).length === 3, 500)
  assert.equal(await ok(hosts[2] as SandboxHost, 'curl -s "127.0.0.1:8500/v1/kv/kept?raw"'), 'yes')
})

test.run()
