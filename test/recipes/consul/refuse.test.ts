import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changed } from '../../../recipes/consul/refuse.ts'
import { versions } from '../../../recipes/consul/upgrade.ts'
import { consul } from '../../../recipes/consul.ts'
import { consulServer } from '../../../recipes/consul-server.ts'
import type { Net } from '../../../src/model/health.ts'
import type { Step } from '../../../src/model/plan.ts'
import type { Cluster, Recipe } from '../../../src/model/recipe.ts'
import { hostOf, without } from '../support.ts'
import { agent, lab, secure, steps } from './lab.ts'

const test = suite('what the Consul recipes refuse')
const CONFIG = '/etc/consul.d/consul.json'

for (const [what, diff, is] of [
  ['not at all', '-{"log_level": "INFO"}\n+{"log_level": "WARN"}', undefined],
  ['from one to another', ' {\n-  "datacenter": "a"\n+  "datacenter": "b"\n }', { from: 'a', to: 'b' }],
  [
    'from a line that a person wrote',
    '-{"datacenter":"a","server":true}\n+{\n+  "datacenter": "b"\n+}',
    { from: 'a', to: 'b' },
  ],
  ['only its form', '-{"datacenter":"a"}\n+{\n+  "datacenter": "a"\n+}', undefined],
] as const) {
  test(`a diff changes the datacenter ${what}`, () =>
    assert.equal(changed(steps(['file', CONFIG, 'content differs', diff]), 'datacenter'), is))
}

for (const [what, step, is] of [
  [
    'zip',
    [
      'link',
      '/usr/local/bin/consul',
      { attribute: 'to', from: '/opt/consul-1.18.2/consul', to: '/opt/consul-1.21.0/consul' },
    ],
    { from: '1.18.2', to: '1.21.0' },
  ],
  [
    'package',
    ['package', 'consul', { attribute: 'version', from: '1.18.2-1', to: '1.21.0-1' }],
    { from: '1.18.2-1', to: '1.21.0-1' },
  ],
  [
    'first installation',
    ['link', '/usr/local/bin/consul', { action: 'create', attribute: 'to', to: '/opt/consul-1.21.0/consul' }],
    undefined,
  ],
  [
    'link of a person',
    ['link', '/usr/local/bin/consul', { attribute: 'to', from: '/usr/bin/consul', to: '/opt/consul-1.21.0/consul' }],
    undefined,
  ],
] as const) {
  test(`versions of a ${what}`, () => assert.equal(versions(steps(step)), is))
}

/** The names of what a recipe refuses on a host. */
async function refused(
  recipe: Recipe,
  cluster: Cluster,
  name: string,
  all: readonly Step[],
  net: Net,
): Promise<readonly string[]> {
  return ((await recipe.refuse?.(hostOf(cluster, name), cluster, all, net)) ?? []).map((r) => r.refusal)
}
const join = steps(['file', '/etc/consul.d/join.json', 'content differs'])
const secret = steps(['file', '/etc/consul.d/secrets.json', 'content differs'])
const peers = (...list: readonly string[]) => agent({ '/v1/status/peers': list.map((last) => `10.0.0.${last}:8300`) })

for (const [what, recipe, cluster, all, net, names] of [
  ['two more servers of a cluster that runs', consulServer, lab(3, 0), join, peers('11'), ['consul-membership']],
  ['one more', consulServer, without(lab(3, 0), 's-3'), join, peers('11'), []],
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
    steps(['package', 'consul', { attribute: 'version', from: '1.15.0-1', to: '1.21.0-1' }]),
    agent(undefined),
    ['consul-version'],
  ],
  [
    'another datacenter',
    consul,
    lab(1, 0),
    steps(['file', CONFIG, 'x', ' {\n-  "datacenter": "a"\n+  "datacenter": "lab"\n }']),
    agent(undefined),
    ['consul-datacenter'],
  ],
  [
    'another data directory',
    consul,
    lab(1, 0),
    steps(['file', CONFIG, 'x', ' {\n-  "data_dir": "/opt/consul"\n+  "data_dir": "/var/lib/consul"\n }']),
    agent(undefined),
    ['consul-data'],
  ],
  ['a gossip key on a bare host', consul, secure(), secret, agent(undefined, { reads: 'new\n' }), []],
  ['a gossip key that the agent knows', consul, secure(), secret, agent(undefined, { reads: 'has\n' }), []],
  ['another gossip key', consul, secure(), secret, agent(undefined, { reads: 'other\n' }), ['consul-encrypt']],
  [
    'the first gossip key of an agent that runs',
    consul,
    secure(),
    secret,
    agent(undefined, { reads: 'none\n' }),
    ['consul-encrypt'],
  ],
] as const) {
  test(`refuses: ${what}`, async () => assert.equal(await refused(recipe, cluster, 's-1', all, net), names))
}

for (const [from, to, runs, names] of [
  ['1.21.0', '1.20.5', '1.21.0', ['consul-version']], // the servers stay as well, as they are refused
  ['1.21.0', '1.20.5', '1.20.5', []], // the servers have gone back before
  ['1.20.5', '1.21.0', '1.20.5', ['consul-version']],
  ['1.18.2', '1.20.5', '1.21.0', []],
  ['1.21.3', '1.21.0', '1.21.3', []],
] as const)
  test(`a client from ${from} to ${to}, whose servers run ${runs}`, async () => {
    const step = steps(['package', 'consul', { attribute: 'version', from: `${from}-1`, to: `${to}-1` }])
    const servers = [{ Name: 's-1', Addr: '10.0.0.11', Status: 1, Tags: { role: 'consul', build: `${runs}:abc` } }]
    assert.equal(await refused(consul, lab(1, 1), 'c-1', step, agent({ '/v1/agent/members': servers })), names)
  })

const tls = (name: string) => steps(['file', `/etc/consul.d/tls/${name}.pem`, 'content differs'])
test('certificates that have expired are brought to no agent, if they would be new there', async () => {
  const server = { tls: { ca: 'env:CA', cert: 'env:CERT', key: 'env:CERT_KEY' } }
  const of = (client: object, name: string) =>
    refused(consul, lab(1, 1, { tls: client }, { server }), 'c-1', tls(name), agent(undefined))
  const expired = { ca: 'env:CA', cert: 'env:EXPIRED', key: 'env:EXPIRED_KEY' }
  assert.equal(await of({ ca: 'env:OLD_CA' }, 'ca'), ['certificate'])
  assert.equal(await of(expired, 'cert'), ['certificate'])
  assert.equal(await of(expired, 'ca'), [])
  assert.equal(await of({ ca: 'env:CA' }, 'ca'), [])
})

test('what is refused for the servers together is refused everywhere', async () => {
  const cluster = lab(3, 0)
  const [refusal] = (await consulServer.refuse?.(hostOf(cluster, 's-1'), cluster, join, peers('11'))) ?? []
  assert.is(refusal?.everywhere, true)
  assert.is(refusal?.reason, 'The cluster runs with 1 server, and s-2 and s-3 would join at once.')
})

test.run()
