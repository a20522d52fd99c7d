import { Duplex } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changed } from '../../recipes/consul/refuse.ts'
import { forbidden, merge } from '../../recipes/consul/settings.ts'
import { consul } from '../../recipes/consul.ts'
import { byAddress, judge } from '../../recipes/consul-server/health.ts'
import { hop, versions } from '../../recipes/consul-server/refuse.ts'
import { consulServer } from '../../recipes/consul-server.ts'
import type { Step } from '../../src/engine/plan.ts'
import type { Net, Recipe } from '../../src/engine/recipe.ts'
import type { Resource } from '../../src/engine/resource.ts'
import { type ConsulAutopilot, type ConsulServer, type Secret, TransportError } from '../../src/index.ts'
import type { Cluster } from '../../src/inventory/cluster.ts'
import { reveal } from '../../src/shell/secret.ts'
import { clusterOf, hostOf, text, wanted } from './support.ts'

const test = suite('recipes/consul')
const SOURCE = { zip: 'https://releases.example/consul_1.21.0_linux_amd64.zip', sha256: 'a'.repeat(64), version: '1.21.0' }
const PEM = (kind: string) => `-----BEGIN ${kind}-----\nMIIB\n-----END ${kind}-----\n`
const SECRETS: Readonly<Record<string, string>> = {
  'env:KEY': 'x7qmS0wBw3kfXk0LxqVbW2QkYx1p4hQK2o0nJm1n5uA=',
  'env:CA': PEM('CERTIFICATE'),
  'env:CERT': PEM('CERTIFICATE'),
  'env:CERT_KEY': PEM('EC PRIVATE KEY'),
  'env:MANAGEMENT': '11111111-1111-1111-1111-111111111111',
  'env:AGENT': '22222222-2222-2222-2222-222222222222',
}

/** Servers s-1, s-2, … at 10.0.0.11, 10.0.0.12, … and clients c-1, … at 10.0.0.51, …, with these variables. */
function lab(servers: number, clients: number, vars: object = {}, more: { server?: object; allowEven?: boolean } = {}): Cluster {
  const hosts = (letter: string, from: number, count: number, role: string) =>
    Array.from({ length: count }, (_, i) => [`${letter}-${i + 1}`, { address: `10.0.0.${from + i}`, roles: [role] }] as const)
  return clusterOf(
    {
      vars: { consul: { source: SOURCE, datacenter: 'lab', ...vars } },
      roles: { 'consul-server': { vars: { consul: more.server ?? {}, 'consul-server': { allowEven: more.allowEven ?? false } } } },
      hosts: Object.fromEntries([...hosts('s', 11, servers, 'consul-server'), ...hosts('c', 51, clients, 'consul-client')]),
    },
    (reference) => SECRETS[reference] ?? 'not there',
  )
}
const secure = () =>
  lab(
    3,
    1,
    { encrypt: 'env:KEY', tls: { ca: 'env:CA' }, acl: { tokens: { agent: 'env:AGENT' } } },
    {
      server: {
        tls: { ca: 'env:CA', cert: 'env:CERT', key: 'env:CERT_KEY' },
        acl: { tokens: { agent: 'env:AGENT', initialManagement: 'env:MANAGEMENT' } },
      },
    },
  )
const ids = (cluster: Cluster, name: string) => wanted(consul, cluster, name).map((r) => r.id)
const json = (cluster: Cluster, name: string, file: string) =>
  JSON.parse(text(wanted(consul, cluster, name), `file /etc/consul.d/${file}.json`))
const secretJson = (cluster: Cluster, name: string) =>
  JSON.parse(reveal(text(wanted(consul, cluster, name), 'file /etc/consul.d/secrets.json') as unknown as Secret))
const unit = (cluster: Cluster, name: string) => text(wanted(consul, cluster, name), 'unit consul.service')
const message = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    return (error as Error).message
  }
  return 'it was accepted'
}

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
  assert.equal(ids(cluster, 's-1').slice(4, 7), ['aptRepository hashicorp', 'package consul', 'link /usr/local/bin/consul'])
  assert.match(unit(cluster, 's-1'), /^ExecStart=\/usr\/bin\/consul agent /m)
  const file = wanted(consul, cluster, 's-1').find((r) => r.id === 'file /etc/consul.d/consul.json') as Resource
  assert.is((file.props as { owner: string }).owner, 'consul', 'as the package makes it, again and again')
})

test('the configuration of a server', () => {
  const { bind_addr, ports, ...rest } = json(lab(3, 1), 's-2', 'consul')
  assert.equal([bind_addr, ports], ['10.0.0.12', { http: 8500, https: -1, dns: 8600, grpc: -1, grpc_tls: -1, serf_wan: -1 }])
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
  const files = (n: number) => ['s-1', 'c-1'].map((name) => text(wanted(consul, lab(n, 1), name), 'file /etc/consul.d/consul.json'))
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

test('settings win over all else, and lie in the same file', () => {
  const cluster = lab(1, 0, {
    limits: { http_max_conns_per_client: 500 },
    settings: { ports: { grpc: 8502 }, log_level: 'WARN', raft_logstore: { backend: 'wal' } },
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
  assert.equal(client.tls.defaults, { ca_file: '/etc/consul.d/tls/ca.pem', verify_incoming: false, verify_outgoing: true })
  assert.equal(client.auto_encrypt, { tls: true })
  assert.not(ids(secure(), 'c-1').includes('file /etc/consul.d/tls/key.pem'))
})

test('secrets have a file of their own, and nobody but servers the management token', () => {
  const [agent, management] = [SECRETS['env:AGENT'], SECRETS['env:MANAGEMENT']]
  assert.equal(secretJson(secure(), 's-1'), { encrypt: SECRETS['env:KEY'], acl: { tokens: { initial_management: management, agent } } })
  assert.equal(secretJson(secure(), 'c-1'), { encrypt: SECRETS['env:KEY'], acl: { tokens: { agent } } })
  assert.equal(secretJson(lab(1, 0, { encrypt: 'env:KEY' }), 's-1'), { encrypt: SECRETS['env:KEY'] })
  assert.equal(secretJson(lab(1, 0, { acl: { tokens: { default: 'env:AGENT' } } }), 's-1'), { acl: { tokens: { default: agent } } })
  const file = wanted(consul, secure(), 's-1').find((r) => r.id === 'file /etc/consul.d/secrets.json') as Resource
  const { owner, group, mode, secret } = file.props as Record<string, unknown>
  assert.equal([owner, group, mode, secret], ['root', 'consul', '0640', true])
})

test('the agent is told its files, so that it reads no other', () => {
  const files = (cluster: Cluster) => unit(cluster, 's-1').match(/-config-\S+/g)
  const always = ['-config-file=/etc/consul.d/consul.json', '-config-file=/etc/consul.d/join.json']
  assert.equal(files(lab(1, 0)), [...always, '-config-dir=/etc/consul.d/services'])
  assert.equal(files(secure()), [...always, '-config-file=/etc/consul.d/secrets.json', '-config-dir=/etc/consul.d/services'])
})

test('no secret stands anywhere in plain text', () => {
  const everything = JSON.stringify(['s-1', 'c-1'].map((name) => wanted(consul, secure(), name).map(({ id, props }) => [id, props])))
  for (const [name, value] of Object.entries(SECRETS)) assert.not(everything.includes(value.split('\n')[1] ?? value), name)
})

test('with access control and without a token nothing is asked of the agent', () => {
  assert.not(ids(lab(1, 0, { acl: {} }), 's-1').some((id) => id.startsWith('command')))
})

test('the limit of open files is part of the unit', () => {
  assert.match(unit(lab(1, 0, { limitNofile: 65536 }), 's-1'), /^LimitNOFILE=65536$/m)
})

for (const [what, make, says] of [
  ['two servers', () => lab(2, 0), /2 hosts run consul-server: an even number/],
  ['four servers, on the way to five', () => lab(4, 0, {}, { allowEven: true }), /it was accepted/],
  ['one server', () => lab(1, 1), /it was accepted/],
  ['clients alone', () => lab(0, 2), /hosts\.c-1\.roles +runs a Consul agent, and no host is a server/],
  ['a datacenter that is no label', () => lab(1, 0, { datacenter: 'My_DC' }), /datacenter +must be a label of lower-case letters/],
  [
    'two datacenters',
    () => lab(1, 1, {}, { server: { datacenter: 'other' } }),
    /hosts\.s-1\.vars\.consul\.datacenter +here it is "other", on c-1 "lab"/,
  ],
  [
    'a gossip key that is none',
    () => lab(1, 0, { encrypt: 'env:MANAGEMENT' }),
    /encrypt +what env:MANAGEMENT stands for is not a gossip key of 32, 24 or 16 bytes/,
  ],
  [
    'a gossip key on servers only',
    () => lab(1, 1, {}, { server: { encrypt: 'env:KEY' } }),
    /encrypt +here it is one, on c-1 none: agents with a gossip key/,
  ],
  [
    'a server without a certificate',
    () => lab(1, 0, { tls: { ca: 'env:CA' } }),
    /hosts\.s-1\.vars\.consul\.tls +a server needs cert and key/,
  ],
  ['a certificate without its key', () => lab(1, 0, { tls: { ca: 'env:CA', cert: 'env:CERT' } }), /has one of cert and key/],
  [
    'a certificate that is a key',
    () => lab(1, 0, { tls: { ca: 'env:CERT_KEY' } }),
    /tls\.ca +what env:CERT_KEY stands for is not in PEM form/,
  ],
  ['a token that is no UUID', () => lab(1, 0, { acl: { tokens: { agent: 'env:KEY' } } }), /agent +what env:KEY stands for is not a UUID/],
  [
    'a token in plain text',
    () => lab(1, 0, { acl: { tokens: { agent: '22222222-2222-2222-2222-222222222222' } } }),
    /agent +is a secret: write where to find it/,
  ],
  [
    'a name instead of an address',
    () =>
      clusterOf({
        vars: { consul: { source: SOURCE, datacenter: 'lab' } },
        hosts: { a: { address: 'a.example', roles: ['consul-server'] } },
      }),
    /hosts\.a\.privateAddress +Consul listens there, and a\.example is no IP address/,
  ],
  [
    'a dangerous setting',
    () => lab(1, 0, { settings: { enable_script_checks: true } }),
    /settings +"enable_script_checks" cannot be set here: it lets whoever reaches/,
  ],
  [
    'a token among the settings',
    () => lab(1, 0, { settings: { acl: { tokens: { agent: 'x' } } } }),
    /settings +"acl\.tokens" cannot be set here: they are secrets/,
  ],
  ['a misspelt variable', () => lab(1, 0, { datadir: '/x' }), /datadir +is not a known key; did you mean "dataDir"/],
  [
    'a key of a repository without its sum',
    () => lab(1, 0, { source: { package: 'consul', key: 'https://apt.example/gpg' } }),
    /source\.keySha256 +is missing: a key that is fetched/,
  ],
  [
    'a gossip key in plain text, on one of two hosts: it is not repeated',
    () => lab(1, 1, {}, { server: { encrypt: 'hunter2' } }),
    /^(?![\s\S]*hunter2)[\s\S]*encrypt +is a secret: write where to find it/,
  ],
  ['no source', () => lab(1, 0, { source: undefined }), /source +is missing/],
] as const) {
  test(`the inventory has ${what}`, () => assert.match(message(make), says))
}

for (const [what, settings, why] of [
  ['nothing', {}, undefined],
  ['what is harmless', { acl: { token_ttl: '60s' }, dns_config: { allow_stale: true } }, undefined],
  [
    'bootstrap',
    { bootstrap: true },
    '"bootstrap" cannot be set here: it makes a cluster of its own of every server that has it; the servers of the inventory are counted',
  ],
  [
    'another leave_on_terminate',
    { leave_on_terminate: true },
    '"leave_on_terminate" cannot be set here: it stays false: an agent that leaves takes the services of its host, or a vote, with it at every restart',
  ],
] as const) {
  test(`settings: ${what}`, () => assert.is(forbidden(settings), why))
}

test('settings are merged by key; lists are replaced', () =>
  assert.equal(merge({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, e: 2 }), { a: { b: 1, c: [3] }, d: 1, e: 2 }))

const steps = (...all: readonly (readonly [type: string, name: string, text: string, diff?: string])[]): readonly Step[] =>
  all.map(([type, name, say, diff]) => ({
    resource: `${type} ${name}`,
    type,
    name,
    changes: [{ action: 'update', text: say, ...(diff === undefined ? {} : { diff }) }],
  }))
const CONFIG = '/etc/consul.d/consul.json'

for (const [what, diff, is] of [
  ['not at all', '@@ -1 +1 @@\n-  "log_level": "INFO"\n+  "log_level": "WARN"', undefined],
  ['from one to another', '-  "datacenter": "a",\n+  "datacenter": "b",', { from: 'a', to: 'b' }],
  ['from a line that a person wrote', '-{"datacenter":"a","server":true}\n+  "datacenter": "b",', { from: 'a', to: 'b' }],
  ['only its form', '-{"datacenter":"a"}\n+  "datacenter": "a",', undefined],
] as const) {
  test(`a diff changes the datacenter ${what}`, () =>
    assert.equal(changed(steps(['file', CONFIG, 'content differs', diff]), 'datacenter'), is))
}

for (const [what, step, is] of [
  ['zip', ['link', '/usr/local/bin/consul', 'to /opt/consul-1.18.2/consul → /opt/consul-1.21.0/consul'], { from: '1.18.2', to: '1.21.0' }],
  ['package', ['package', 'consul', 'version 1.18.2-1 → 1.21.0-1'], { from: '1.18.2-1', to: '1.21.0-1' }],
  ['first installation', ['link', '/usr/local/bin/consul', 'to /opt/consul-1.21.0/consul'], undefined],
  ['link of a person', ['link', '/usr/local/bin/consul', 'to /usr/bin/consul → /opt/consul-1.21.0/consul'], undefined],
] as const) {
  test(`versions of a ${what}`, () => assert.equal(versions(steps(step)), is))
}

for (const [from, to, why] of [
  ['1.20.1', '1.21.0', undefined],
  ['1.19.2', '1.21.0', undefined],
  ['1.18.2', '1.21.0', 'it crosses 3 minor versions, and Consul promises to read the data of 2'],
  ['1.21.0', '1.20.5', 'an older version does not read what a newer one has written'],
  ['1.22.1-1', '2.0.0-1', undefined],
] as const) {
  test(`from ${from} to ${to}`, () => assert.is(hop(from, to), why))
}

/** Answers of an agent, by path; what is not there is a 404. The rest of the network refuses, but for `open` ports. */
function agent(
  answers: Readonly<Record<string, unknown>> | undefined,
  { open = [], reads = '' }: { open?: readonly string[]; reads?: string } = {},
): Net {
  return {
    read: async () => reads,
    async dial(address, port) {
      const at = `${address}:${port}`
      if (open.includes(at)) return new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
      if (at !== '127.0.0.1:8500' || answers === undefined) throw new TransportError('refused', `${at} refused the connection`)
      return new Duplex({
        read() {},
        write(chunk, _encoding, done) {
          const path = /^\w+ (\S+)/.exec(String(chunk))?.[1] ?? ''
          const found = answers[path]
          const [status, body] = typeof found === 'number' ? [found, 'no'] : found === undefined ? [404, ''] : [200, JSON.stringify(found)]
          this.push(`HTTP/1.1 ${status} x\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
          this.push(null)
          done()
        },
      })
    },
  }
}
const member = (Name: string, id: string) => ({ Name, Addr: '10.0.0.51', Status: 1, Tags: { role: 'node', id } })
const LEADER = { '/v1/status/leader': '10.0.0.11:8300' }
const KNOWN = {
  ...LEADER,
  '/v1/agent/members': [member('c-1', 'one')],
  '/v1/catalog/node/c-1': { Node: { ID: 'one', Address: '10.0.0.51' } },
}
const SERVERS = ['10.0.0.11:8300', '10.0.0.12:8300', '10.0.0.13:8300']

for (const [what, net, is] of [
  ['a member', agent(KNOWN), { green: true, says: 'client' }],
  ['one that the catalogue does not have yet', agent({ ...KNOWN, '/v1/catalog/node/c-1': null }), { green: true, says: 'client' }],
  [
    'one whose name another has',
    agent({ ...KNOWN, '/v1/catalog/node/c-1': { Node: { ID: 'another-one', Address: '10.0.0.51' } } }),
    { green: false, says: 'the catalogue has another node of this name (another-)' },
  ],
  [
    'one that does not run',
    agent(undefined, { reads: 'inactive\n' }),
    { green: false, down: true, says: 'not running: port 8500 refuses' },
  ],
  [
    'one that has not got far',
    agent(undefined, { reads: 'active\nagent.auto_config: AutoEncrypt.Sign RPC failed: ACL not found\n' }),
    { green: false, down: true, says: 'starts, and port 8500 refuses yet: agent.auto_config: AutoEncrypt.Sign RPC failed: ACL not found' },
  ],
  [
    'one without a leader',
    agent({ '/v1/status/leader': '' }),
    { green: false, says: 'the servers have no leader', waitsFor: 'consul-server' },
  ],
  [
    'one whose servers are away',
    agent({ '/v1/status/leader': 500 }),
    { green: false, says: 'no server answers it', waitsFor: 'consul-server' },
  ],
  [
    'one that the servers do not want',
    agent({ '/v1/status/leader': 500 }, { open: SERVERS.slice(1) }),
    { green: false, says: 'knows no server, though 2 of 3 answer this host: another gossip key, certificate or token?' },
  ],
] as const) {
  test(`health of a client: ${what}`, async () => {
    const cluster = lab(3, 1)
    assert.equal(await consul.health?.(cluster.host('c-1'), cluster, net), is)
  })
}

test('a client with auto_encrypt does not even listen before its servers answer', async () => {
  const cluster = secure()
  const health = async (open: readonly string[]) =>
    (await consul.health?.(cluster.host('c-1'), cluster, agent(undefined, { open })))?.waitsFor
  assert.equal([await health([]), await health(SERVERS)], ['consul-server', undefined])
})

test("an agent on a server says nothing of the servers: that is the other recipe's", async () => {
  const cluster = lab(3, 0)
  assert.equal(await consul.health?.(cluster.host('s-1'), cluster, agent({ '/v1/status/leader': '' })), { green: true, says: 'agent' })
})

const NAMES = ['s-1', 's-2', 's-3']
const server = (n: number, more: Partial<ConsulServer> = {}): ConsulServer => ({
  id: `id-${n}`,
  name: `s-${n}`,
  address: `10.0.0.1${n}:8300`,
  leader: n === 1,
  healthy: true,
  voter: true,
  lastIndex: 100,
  ...more,
})
const autopilot = (failureTolerance: number, ...servers: readonly ConsulServer[]): ConsulAutopilot => ({
  healthy: true,
  failureTolerance,
  servers,
})
const ALL = autopilot(1, server(1), server(2), server(3))

for (const [what, name, state, applied, is] of [
  ['a follower', 's-2', ALL, 100, { green: true, says: 'follower, 3 of 3 servers healthy' }],
  ['the leader', 's-1', ALL, 120, { green: true, says: 'leader, 3 of 3 servers healthy', leads: true }],
  ['no servers at all', 's-1', autopilot(0), 100, { green: false, says: 'not yet among the 0 servers that the leader counts' }],
  [
    'one that is struck off',
    's-3',
    autopilot(0, server(1), server(2)),
    100,
    { green: false, says: 'not yet among the 2 servers that the leader counts' },
  ],
  ['one beside it', 's-2', autopilot(0, server(1), server(2)), 100, { green: true, says: 'follower, 2 of 3 servers healthy' }],
  [
    'one that is new',
    's-3',
    autopilot(0, server(1), server(2), server(3, { voter: false })),
    100,
    { green: false, says: 'has no vote yet' },
  ],
  ['one that lags', 's-2', ALL, 40, { green: false, says: 'follower, 60 entries behind' }],
  [
    'one that the leader does not hear',
    's-2',
    autopilot(0, server(1), server(2, { healthy: false }), server(3)),
    100,
    { green: false, says: 'the leader does not find it healthy' },
  ],
  [
    'three that are well beside a dead voter whom nobody knows: none may fail',
    's-1',
    autopilot(0, server(1), server(2), server(3), server(9, { healthy: false })),
    100,
    { green: false, says: 'leader, 3 of 3 servers healthy, and yet none may fail; s-9 is not in the inventory', leads: true },
  ],
  [
    'four, of whom one is to go',
    's-2',
    autopilot(1, server(1), server(2), server(3), server(4)),
    100,
    { green: true, says: 'follower, 3 of 3 servers healthy; s-4 is not in the inventory' },
  ],
] as const) {
  test(`a server is: ${what}`, () => assert.equal(judge(name, NAMES, state, applied), is))
}

test('a single server may not fail, and is well', () => assert.is(judge('s-1', ['s-1'], autopilot(0, server(1)), 100).green, true))

const raw = (...all: readonly ConsulServer[]) => ({
  Healthy: true,
  FailureTolerance: 1,
  Servers: all.map((s) => ({
    ID: s.id,
    Name: s.name,
    Address: s.address,
    Leader: s.leader,
    Healthy: s.healthy,
    Voter: s.voter,
    LastIndex: s.lastIndex,
  })),
})
const SERVING = {
  ...LEADER,
  '/v1/operator/autopilot/health': raw(server(1), server(2), server(3)),
  '/v1/agent/self': { Stats: { raft: { applied_index: '100' } } },
}
for (const [what, net, is] of [
  ['well', agent(SERVING), { green: true, says: 'leader, 3 of 3 servers healthy', leads: true }],
  ['not running', agent(undefined), { green: false, down: true, says: 'not running: port 8500 refuses' }],
  ['without a leader', agent({ '/v1/status/leader': '' }), { green: false, down: true, says: 'up, but the servers have no leader' }],
  [
    'asked with a token that may not',
    agent({ ...SERVING, '/v1/operator/autopilot/health': 403 }),
    { green: false, says: 'its token may not ask how the servers are: it needs operator:read and agent:read' },
  ],
] as const) {
  test(`health of a server: ${what}`, async () => {
    const cluster = lab(3, 0)
    assert.equal(await consulServer.health?.(cluster.host('s-1'), cluster, net), is)
  })
}

for (const [what, leader, peers, is] of [
  [
    'leader',
    '10.0.0.11:8300',
    SERVERS,
    { green: true, says: 'leader among 3 of 3 servers; how healthy, nobody says without a token', leads: true },
  ],
  [
    'follower',
    '10.0.0.12:8300',
    SERVERS.slice(0, 2),
    { green: false, says: 'follower among 2 of 3 servers; how healthy, nobody says without a token' },
  ],
  ['stranger', '10.0.0.12:8300', SERVERS.slice(1), { green: false, says: 'not yet among the 2 servers that vote' }],
] as const) {
  test(`without a token: a ${what}`, () => assert.equal(byAddress(lab(3, 0).host('s-1'), leader, 3, peers), is))
}

/** The names of what a recipe refuses on a host. */
async function refused(recipe: Recipe, cluster: Cluster, name: string, all: readonly Step[], net: Net): Promise<readonly string[]> {
  return ((await recipe.refuse?.(hostOf(cluster, name), cluster, all, net)) ?? []).map((r) => r.refusal)
}
const join = steps(['file', '/etc/consul.d/join.json', 'content differs'])
const secret = steps(['file', '/etc/consul.d/secrets.json', 'content differs'])
const peers = (...list: readonly string[]) => agent({ '/v1/status/peers': list.map((last) => `10.0.0.${last}:8300`) })

for (const [what, recipe, cluster, all, net, names] of [
  ['two more servers of a cluster that runs', consulServer, lab(3, 0), join, peers('11'), ['consul-membership']],
  ['one more', consulServer, lab(2, 0, {}, { allowEven: true }), join, peers('11'), []],
  ['two fewer', consulServer, lab(1, 0), join, peers('11', '12', '13'), ['consul-membership']],
  ['one fewer', consulServer, lab(3, 0), join, peers('11', '12', '13', '14'), []],
  ['one that moved', consulServer, lab(3, 0), join, peers('11', '12', '99'), []],
  ['the first start of all', consulServer, lab(3, 0), join, agent(undefined), []],
  ['all, before the first bootstrap', consulServer, lab(3, 0), join, peers(), []],
  ['another change, with two that are away', consulServer, lab(3, 0), secret, peers('11'), []],
  [
    'a long hop',
    consulServer,
    lab(3, 0),
    steps(['package', 'consul', 'version 1.15.0-1 → 1.21.0-1']),
    agent(undefined),
    ['consul-version'],
  ],
  [
    'another datacenter',
    consul,
    lab(1, 0),
    steps(['file', CONFIG, 'x', '-  "datacenter": "a",\n+  "datacenter": "lab",']),
    agent(undefined),
    ['consul-datacenter'],
  ],
  [
    'another data directory',
    consul,
    lab(1, 0),
    steps(['file', CONFIG, 'x', '-  "data_dir": "/opt/consul",\n+  "data_dir": "/var/lib/consul",']),
    agent(undefined),
    ['consul-data'],
  ],
  ['a gossip key on a bare host', consul, secure(), secret, agent(undefined, { reads: 'new\n' }), []],
  ['a gossip key that the agent knows', consul, secure(), secret, agent(undefined, { reads: 'has\n' }), []],
  ['another gossip key', consul, secure(), secret, agent(undefined, { reads: 'other\n' }), ['consul-encrypt']],
  ['the first gossip key of an agent that runs', consul, secure(), secret, agent(undefined, { reads: 'none\n' }), ['consul-encrypt']],
] as const) {
  test(`refuses: ${what}`, async () => assert.equal(await refused(recipe, cluster, 's-1', all, net), names))
}

test('what is refused for the servers together is refused everywhere', async () => {
  const cluster = lab(3, 0)
  const [refusal] = (await consulServer.refuse?.(hostOf(cluster, 's-1'), cluster, join, peers('11'))) ?? []
  assert.is(refusal?.everywhere, true)
  assert.is(refusal?.reason, 'The cluster runs with 1 server, and s-2 and s-3 would join at once.')
})

test.run()
