import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { portsTaken } from '../../recipes/common/ports.ts'
import { haproxy } from '../../recipes/haproxy.ts'
import type { Listens } from '../../src/model/listens.ts'
import type { Step } from '../../src/model/plan.ts'
import { fakeNet } from '../support/fake-net.ts'
import { withPrograms } from '../support/fake-programs.ts'
import { hostOf, stack } from './support.ts'

const test = suite('ports that others have taken')

const starting: readonly Step[] = [
  {
    resource: 'service x',
    type: 'service',
    name: 'x',
    changes: [{ action: 'update', attribute: 'running', from: 'inactive', to: 'running' }],
  },
]
const restarting: readonly Step[] = [
  { resource: 'service x', type: 'service', name: 'x', changes: [{ action: 'restart' }] },
]
const other = 'users:(("nginx",pid=7,fd=6))'
const at = (address: string, udp = false): Listens => ({ port: 53, address, udp })
for (const [what, all, lines, wanted, is] of [
  ['nobody listens', starting, [], [at('10.0.0.1')], []],
  [
    'another at all addresses',
    starting,
    [`tcp LISTEN 0 9 0.0.0.0:53 0.0.0.0:* ${other}`],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  [
    'another at all of IPv6',
    starting,
    [`tcp LISTEN 0 9 [::]:53 [::]:* ${other}`],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  [
    'another at this address',
    starting,
    [`tcp LISTEN 0 9 10.0.0.1:53 0.0.0.0:* ${other}`],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  [
    'another at another address',
    starting,
    [`tcp LISTEN 0 9 127.0.0.53%lo:53 0.0.0.0:* ${other}`],
    [at('127.0.0.1')],
    [],
  ],
  [
    'another at one address, where all are wanted',
    starting,
    [`tcp LISTEN 0 9 127.0.0.53%lo:53 0.0.0.0:* ${other}`],
    [{ port: 53 }],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  ['another over UDP', starting, [`udp UNCONN 0 0 10.0.0.1:53 0.0.0.0:* ${other}`], [at('10.0.0.1')], []],
  [
    'another over UDP, which is wanted',
    starting,
    [`udp UNCONN 0 0 10.0.0.1:53 0.0.0.0:* ${other}`],
    [at('10.0.0.1', true)],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  [
    'somebody whom ss does not name',
    starting,
    ['tcp LISTEN 0 9 *:53 *:*'],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken.'],
  ],
  [
    'itself, when it is restarted',
    restarting,
    ['tcp LISTEN 0 9 10.0.0.1:53 0.0.0.0:* users:(("x",pid=42,fd=6))'],
    [at('10.0.0.1')],
    [],
  ],
  [
    'itself, which systemd has started since the plan found it down',
    starting,
    ['tcp LISTEN 0 9 10.0.0.1:53 0.0.0.0:* users:(("x",pid=42,fd=6))'],
    [at('10.0.0.1')],
    [],
  ],
  [
    'another, when it is restarted',
    restarting,
    [`tcp LISTEN 0 9 10.0.0.1:53 0.0.0.0:* ${other}`],
    [at('10.0.0.1')],
    ['Port 53, which x wants, is taken by nginx (process 7).'],
  ],
  ['another, where nothing is started', [], [`tcp LISTEN 0 9 10.0.0.1:53 0.0.0.0:* ${other}`], [at('10.0.0.1')], []],
] as const)
  test(`a port: ${what}`, async () => {
    const refusals = await portsTaken(
      fakeNet({}, () => ['42', ...lines, ''].join('\n')),
      all,
      'x',
      wanted,
    )
    assert.equal(
      refusals.map(({ reason }) => reason),
      is,
    )
  })

test('a port: somebody whom ss does not name, where the unit has no process', async () => {
  const net = fakeNet({}, () => ' \ntcp LISTEN 0 9 *:53 *:*\n')
  assert.is((await portsTaken(net, starting, 'x', [{ port: 53 }])).length, 1)
})

const listens = (pid: number, port: number) => `tcp LISTEN 0 9 *:${port} *:* users:(("x",pid=${pid},fd=6))`

test('a port: itself, which is reloaded just now', () =>
  withPrograms(
    {
      systemctl: 'exit 1',
      docker: 'echo PID; [ -e "$FOLDER/reloaded" ] && echo 43 || echo 42',
      ss: `echo '${listens(42, 53)}'; touch "$FOLDER/reloaded"; echo '${listens(43, 54)}'`,
    },
    async (net) => {
      assert.equal(await portsTaken(net, restarting, 'x', [{ port: 53 }, { port: 54 }]), [])
      assert.is((await portsTaken(net, restarting, 'x', [{ port: 53 }])).length, 1, 'those of before have ended by now')
    },
  ))

for (const unit of [starting, restarting])
  test('a port: itself, which began to listen after ss had read the processes', () =>
    withPrograms(
      {
        systemctl: 'exit 1',
        docker: 'echo PID; echo 42',
        ss: `[ -e "$FOLDER/read" ] && echo '${listens(42, 53)}' || echo 'tcp LISTEN 0 9 *:53 *:*'; touch "$FOLDER/read"`,
      },
      async (net) => assert.equal(await portsTaken(net, unit, 'x', [{ port: 53 }]), []),
    ))

test('a port: a socket of the kernel, whom ss never names', () =>
  withPrograms(
    { systemctl: 'exit 1', docker: 'echo PID; echo 42', ss: `echo 'tcp LISTEN 0 9 *:53 *:*'` },
    async (net) =>
      assert.equal(
        (await portsTaken(net, starting, 'x', [{ port: 53 }])).map(({ reason }) => reason),
        ['Port 53, which x wants, is taken.'],
      ),
  ))

const named = (name: string): Step => ({
  resource: `file ${name}`,
  type: 'file',
  name,
  changes: [{ action: 'create' }],
})
for (const [what, steps, lines, says] of [
  [
    'comes with the next render',
    [named('/etc/consul-template/haproxy.ctmpl')],
    [`tcp LISTEN 0 9 *:9101 *:* ${other}`],
    ['Port 9101, which haproxy wants, is taken by nginx (process 7).'],
  ],
  [
    'is its own',
    [named('/etc/consul-template/haproxy.ctmpl')],
    ['tcp LISTEN 0 9 0.0.0.0:80 0.0.0.0:* users:(("haproxy",pid=42,fd=6))'],
    [],
  ],
  ['does not change', [named('/etc/motd')], [`tcp LISTEN 0 9 *:9101 *:* ${other}`], []],
] as const)
  test(`a port of HAProxy that ${what}`, async () => {
    const cluster = stack({ vars: { haproxy: { metricsPort: 9101 } } })
    const net = fakeNet({}, () => ['42', ...lines, ''].join('\n'))
    const refusals = (await haproxy.refuse?.(hostOf(cluster, 's-1'), cluster, steps, net)) ?? []
    assert.equal(
      refusals.map(({ reason }) => reason),
      says,
    )
  })

test.run()
