import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { forbidden } from '../../../recipes/common/settings.ts'
import { OWN } from '../../../recipes/consul/settings.ts'
import { clusterOf, mistakesOf } from '../support.ts'
import { lab, SOURCE } from './lab.ts'

const test = suite('recipes/consul: mistakes')

for (const [what, make, says] of [
  ['two servers', () => lab(2, 0), /2 hosts run consul-server: an even number/],
  ['one server', () => lab(1, 1), /it was accepted/],
  ['clients alone', () => lab(0, 2), /hosts\.c-1\.roles +runs a Consul agent, and no host is a server/],
  [
    'a datacenter that is no label',
    () => lab(1, 0, { datacenter: 'My_DC' }),
    /datacenter +must be a label of lower-case letters/,
  ],
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
  [
    'a certificate without its key',
    () => lab(1, 0, { tls: { ca: 'env:CA', cert: 'env:CERT' } }),
    /has one of cert and key/,
  ],
  [
    'a certificate that is a key',
    () => lab(1, 0, { tls: { ca: 'env:CERT_KEY' } }),
    /tls\.ca +what env:CERT_KEY stands for has no certificate: PEM begins with/,
  ],
  [
    'the key of another certificate',
    () => lab(1, 0, { tls: { ca: 'env:CA', cert: 'env:CERT', key: 'env:OTHER_KEY' } }),
    /tls\.key +has the key of another certificate than that of CN=server\.lab\.consul/,
  ],
  [
    'a certificate of another CA',
    () => lab(1, 0, { tls: { ca: 'env:OTHER_CA', cert: 'env:CERT', key: 'env:CERT_KEY' } }),
    /tls\.cert +has the certificate of CN=server\.lab\.consul, which ca \(CN=root\.example\.com\) did not sign/,
  ],
  [
    "a server's certificate for another name",
    () => lab(1, 0, { tls: { ca: 'env:CA', cert: 'env:OTHER_CERT', key: 'env:OTHER_KEY' } }),
    /tls\.cert +has a certificate for api\.example\.com, not for server\.lab\.consul/,
  ],
  [
    'a token that is no UUID',
    () => lab(1, 0, { acl: { tokens: { agent: 'env:KEY' } } }),
    /agent +what env:KEY stands for is not a UUID/,
  ],
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
    /hosts\.a\.privateAddress +Consul listens there, and a\.example is not an IP address/,
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
  test(`the inventory has ${what}`, () => assert.match(mistakesOf(make), says))
}

for (const [what, settings, why] of [
  ['nothing', {}, []],
  ['what is harmless', { acl: { token_ttl: '60s' }, dns_config: { allow_stale: true } }, []],
  [
    'two of them',
    { server: true, bind_addr: '10.0.0.1' },
    [
      '"server" cannot be set here: it is so on hosts with the recipe consul-server',
      '"bind_addr" cannot be set here: it is the privateAddress of the host',
    ],
  ],
  [
    'bootstrap',
    { bootstrap: true },
    [
      '"bootstrap" cannot be set here: it makes every server that has it a cluster of its own; the servers in the inventory are counted instead',
    ],
  ],
  [
    'another leave_on_terminate',
    { leave_on_terminate: true },
    [
      '"leave_on_terminate" cannot be set here: it stays false: an agent that leaves takes the services of its host, or a vote, with it at every restart',
    ],
  ],
] as const) {
  test(`settings: ${what}`, () => assert.equal(forbidden(settings, OWN), why))
}

test.run()
