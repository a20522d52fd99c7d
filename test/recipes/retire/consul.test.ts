import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { consul } from '../../../recipes/consul.ts'
import { fakeNet, paths } from '../../support/fake-net.ts'
import type { Said } from '../../support/http-peer.ts'
import { SOURCE } from '../consul/lab.ts'
import { clusterOf } from '../support.ts'
import { fails, turnOf } from './support.ts'

const test = suite('farewells: Consul')

const nodes = clusterOf({
  vars: { consul: { source: SOURCE, datacenter: 'lab' } },
  hosts: {
    's-1': { address: '10.0.0.11', roles: ['consul-server'] },
    'c-1': { address: '10.0.0.51', roles: ['consul-client'], retire: true },
  },
})

for (const [what, answers, ended, end] of [
  ['it leaves and ends', { body: '' }, 'ended', 'it went well'],
  ['it ends before it has answered', new Error('reset'), 'ended', 'it went well'],
  ['it does not run', 'nobody', 'ended', 'it went well'],
  ['it leaves and does not end', { body: '' }, '', 'its Consul agent did not stop after it had left the cluster'],
  [
    'it may not leave',
    { status: 403, body: 'Permission denied' },
    '',
    'its agent is not allowed to leave Consul: its token needs agent:write',
  ],
  ['it fails', { status: 500, body: 'no leader' }, '', '/v1/agent/leave answered 500: no leader'],
] as const)
  test(`a node leaves Consul: ${what}`, async () => {
    const run: string[] = []
    const agent = paths({ '/v1/agent/leave': answers as Said })
    const net = fakeNet(answers === 'nobody' ? {} : { '127.0.0.1:8500': agent }, (script) => {
      run.push(script)
      return `${script.includes('is-active') ? ended : ''}\n`
    })
    const { turn, said } = turnOf(nodes, 'c-1', net)
    assert.match(await fails(consul.farewell?.leave?.(turn)), end)
    assert.equal(said, ['its node to leave Consul'])
    // systemd does not start it again meanwhile, and may do so later
    assert.match(run[0] ?? '', /Restart=no/)
    assert.match(run[1] ?? '', /rm -rf \/run\/systemd\/system\/consul\.service\.d/)
  })

for (const [what, members, calls] of [
  ['that the others know', ['s-1', 'c-1'], ['/v1/agent/force-leave/c-1']],
  ['that nobody knows any more', ['s-1'], []],
] as const)
  test(`Consul forgets a node ${what}`, async () => {
    const put: string[] = []
    const net = fakeNet({
      '127.0.0.1:8500': ({ method, path }) => {
        if (method === 'GET') return { body: members.map((Name) => ({ Name, Addr: '10.0.0.1', Status: 1, Tags: {} })) }
        put.push(path)
        return { body: '' }
      },
    })
    const { turn } = turnOf(nodes, 's-1', net)
    await consul.farewell?.forget?.(turn, nodes.host('c-1'))
    assert.equal(put, calls)
  })

test.run()
