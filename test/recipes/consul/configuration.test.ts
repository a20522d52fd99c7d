import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { merge } from '../../../recipes/common/settings.ts'
import { consul } from '../../../recipes/consul.ts'
import type { Secret } from '../../../src/index.ts'
import type { Cluster } from '../../../src/model/recipe.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { reveal } from '../../../src/shell/secret.ts'
import { clusterOf, text, wanted } from '../support.ts'
import { lab, SECRETS, SOURCE, secure } from './lab.ts'

const test = suite('recipes/consul: configuration')

const ids = (cluster: Cluster, name: string) => wanted(consul, cluster, name).map((r) => r.id)
const json = (cluster: Cluster, name: string, file: string) =>
  JSON.parse(text(wanted(consul, cluster, name), `file /etc/consul.d/${file}.json`))
const secretJson = (cluster: Cluster, name: string) =>
  JSON.parse(reveal(text(wanted(consul, cluster, name), 'file /etc/consul.d/secrets.json') as unknown as Secret))
const unit = (cluster: Cluster, name: string) => text(wanted(consul, cluster, name), 'unit consul.service')

test("HashiCorp's zip: everything before its first start", () => {
  assert.equal(ids(lab(3, 0), 's-1'), [
    'package curl',
    'user consul',
    'directory /etc/consul.d',
    'directory /etc/consul.d/services',
    'package unzip',
    'archive /opt/consul-1.21.0',
    'link /usr/local/bin/consul',
    'file /etc/consul.d/consul.json',
    'file /etc/consul.d/secrets.json',
    'file /etc/consul.d/join.json',
    'directory /var/lib/consul',
    'unit consul.service',
    'command note that this agent is new',
    'service consul',
    'command the first start of this agent is complete',
  ])
})

test("HashiCorp's package", () => {
  const cluster = lab(1, 0, {
    source: { package: 'consul', version: '1.21.0-1', key: 'https://apt.example/gpg', keySha256: 'b'.repeat(64) },
  })
  assert.equal(ids(cluster, 's-1').slice(4, 7), [
    'aptRepository hashicorp',
    'package consul',
    'link /usr/local/bin/consul',
  ])
  assert.match(unit(cluster, 's-1'), /^ExecStart=\/usr\/bin\/consul agent /m)
  const file = wanted(consul, cluster, 's-1').find((r) => r.id === 'file /etc/consul.d/consul.json') as Resource
  assert.is((file.props as { owner: string }).owner, 'consul', 'as the package makes it, again and again')
})

test('the configuration of a server', () => {
  const { bind_addr, ports, ...rest } = json(lab(3, 1), 's-2', 'consul')
  assert.equal(
    [bind_addr, ports],
    ['10.0.0.12', { http: 8500, https: -1, dns: 8600, grpc: -1, grpc_tls: -1, serf_wan: -1 }],
  )
  assert.equal(rest, {
    datacenter: 'lab',
    node_name: 's-2',
    server: true,
    data_dir: '/var/lib/consul',
    advertise_addr: '10.0.0.12',
    client_addr: '127.0.0.1',
    retry_interval: '3s',
    leave_on_terminate: false,
    skip_leave_on_interrupt: true,
    disable_update_check: true,
    log_level: 'INFO',
    performance: { raft_multiplier: 1 },
    ui_config: { enabled: true },
    limits: { http_max_conns_per_client: 2000 },
  })
})

test('what else a client says, and does not', () => {
  const { server, leave_on_terminate, performance, ui_config } = json(lab(3, 1), 'c-1', 'consul')
  assert.equal([server, leave_on_terminate, performance, ui_config], [false, false, undefined, undefined])
})

test('all join all servers, in one order; servers count them', () => {
  const retry_join = ['10.0.0.11', '10.0.0.12', '10.0.0.13']
  assert.equal(json(lab(3, 1), 'c-1', 'join'), { retry_join })
  assert.equal(json(lab(3, 1), 's-2', 'join'), { bootstrap_expect: 3, autopilot: { min_quorum: 3 }, retry_join })
})

test('an IPv6 address is put into brackets', () => {
  const cluster = clusterOf({
    vars: { consul: { source: SOURCE, datacenter: 'lab' } },
    hosts: { a: { address: 'a.example', privateAddress: 'fd00::1', roles: ['consul-server'] } },
  })
  assert.equal(json(cluster, 'a', 'join').retry_join, ['[fd00::1]'])
})

test('the number of servers changes no file that restarts an agent', () => {
  const files = (n: number) =>
    ['s-1', 'c-1'].map((name) => text(wanted(consul, lab(n, 1), name), 'file /etc/consul.d/consul.json'))
  assert.equal(files(1), files(3))
  const service = wanted(consul, lab(3, 0), 's-1').find((r) => r.id === 'service consul') as Resource
  assert.equal(
    (service.props as { restartOn: { id: string }[] }).restartOn.map((r) => r.id),
    [
      'archive /opt/consul-1.21.0',
      'link /usr/local/bin/consul',
      'file /etc/consul.d/consul.json',
      'file /etc/consul.d/secrets.json',
      'unit consul.service',
    ],
  )
})

test('settings lie in the same file, beside the ports that are said', () => {
  const cluster = lab(1, 0, {
    limits: { http_max_conns_per_client: 500 },
    logLevel: 'WARN',
    settings: { ports: { grpc: 8502 }, raft_logstore: { backend: 'wal' } },
  })
  const { limits, ports, log_level, raft_logstore } = json(cluster, 's-1', 'consul')
  assert.equal(
    [limits.http_max_conns_per_client, ports.grpc, ports.dns, log_level, raft_logstore.backend],
    [500, 8502, 8600, 'WARN', 'wal'],
  )
})

test('TLS: servers have a certificate and give clients theirs', () => {
  const server = json(secure(), 's-1', 'consul')
  assert.equal(server.tls, {
    defaults: {
      ca_file: '/etc/consul.d/tls/ca.pem',
      cert_file: '/etc/consul.d/tls/cert.pem',
      key_file: '/etc/consul.d/tls/key.pem',
      verify_incoming: true,
      verify_outgoing: true,
    },
    internal_rpc: { verify_server_hostname: true },
    https: { verify_incoming: false },
  })
  assert.equal(server.auto_encrypt, { allow_tls: true })
  const client = json(secure(), 'c-1', 'consul')
  assert.equal(client.tls.defaults, {
    ca_file: '/etc/consul.d/tls/ca.pem',
    verify_incoming: false,
    verify_outgoing: true,
  })
  assert.equal(client.auto_encrypt, { tls: true })
  assert.not(ids(secure(), 'c-1').includes('file /etc/consul.d/tls/key.pem'))
})

test('secrets have a file of their own, and nobody but servers the management token', () => {
  const [agent, management] = [SECRETS['env:AGENT'], SECRETS['env:MANAGEMENT']]
  assert.equal(secretJson(secure(), 's-1'), {
    encrypt: SECRETS['env:KEY'],
    acl: { tokens: { initial_management: management, agent } },
  })
  assert.equal(secretJson(secure(), 'c-1'), { encrypt: SECRETS['env:KEY'], acl: { tokens: { agent } } })
  assert.equal(secretJson(lab(1, 0, { encrypt: 'env:KEY' }), 's-1'), { encrypt: SECRETS['env:KEY'] })
  assert.equal(secretJson(lab(1, 0, { acl: { tokens: { default: 'env:AGENT' } } }), 's-1'), {
    acl: { tokens: { default: agent } },
  })
  const file = wanted(consul, secure(), 's-1').find((r) => r.id === 'file /etc/consul.d/secrets.json') as Resource
  const { owner, group, mode, secret } = file.props as Record<string, unknown>
  assert.equal([owner, group, mode, secret], ['root', 'consul', '0640', true])
})

test('the agent is told its files, so that it reads no other', () => {
  const files = (cluster: Cluster) => unit(cluster, 's-1').match(/-config-\S+/g)
  const always = ['-config-file=/etc/consul.d/consul.json', '-config-file=/etc/consul.d/join.json']
  assert.equal(files(lab(1, 0)), [...always, '-config-dir=/etc/consul.d/services'])
  assert.equal(files(secure()), [
    ...always,
    '-config-file=/etc/consul.d/secrets.json',
    '-config-dir=/etc/consul.d/services',
  ])
})

test('no secret stands anywhere in plain text', () => {
  const everything = JSON.stringify(
    ['s-1', 'c-1'].map((name) => wanted(consul, secure(), name).map(({ id, props }) => [id, props])),
  )
  for (const [name, value] of Object.entries(SECRETS))
    assert.not(everything.includes(value.split('\n')[1] ?? value), name)
})

test('with access control and without a token nothing is asked of the agent', () => {
  assert.not(ids(lab(1, 0, { acl: {} }), 's-1').some((id) => id.startsWith('command')))
})

test('the limit of open files is part of the unit', () => {
  assert.match(unit(lab(1, 0, { limitNofile: 65536 }), 's-1'), /^LimitNOFILE=65536$/m)
})

test('settings are merged by key; lists are replaced', () =>
  assert.equal(merge({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, e: 2 }), { a: { b: 1, c: [3] }, d: 1, e: 2 }))

test.run()
