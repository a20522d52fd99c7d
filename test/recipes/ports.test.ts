/** Who listens where: two components of a host that want the same port are a mistake in the inventory. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineRecipe, defineRole, type Role } from '../../src/index.ts'
import { parseInventory } from '../../src/inventory/parse.ts'
import { withCertificates } from '../support/certificates.ts'
import { mistakesOf, roles, SOURCES, stack } from './support.ts'

const test = suite('ports of components on a host')
const { read } = withCertificates(test)
process.env.WWW_PEM = `${read('www.crt')}${read('www.key')}`
const tls = (port: number) => ({ tls: { port, certificates: [{ name: 'www', certificate: 'env:WWW_PEM' }] } })

/** The mistakes of a cluster with these variables for all, of its slave s-1: `vars.haproxy.metricsPort is …`. */
const of = ({ consul, ...vars }: Readonly<Record<string, object>>): readonly string[] =>
  mistakesOf(() => stack({ slaves: 1, vars: { consul: { ...SOURCES.consul, ...consul }, ...vars } }))
    .split('\n')
    .flatMap((line) => /^ {2}(?:hosts\.s-1\.)?(vars\..*)$/.exec(line)?.[1]?.replace(/ +/g, ' ') ?? [])
const too = (name: string, port: number, whose: string, verb = 'listens'): string =>
  `vars.${name} is ${port}, where ${whose} ${verb} on this host, too: choose another port`

for (const [vars, ...says] of [
  [{ haproxy: { metricsPort: 9101 } }],
  [{ haproxy: { metricsPort: 80 } }, too('haproxy.metricsPort', 80, 'haproxy')],
  [{ haproxy: { metricsPort: 8081 } }, too('haproxy.metricsPort', 8081, 'haproxy (vars.haproxy.healthPort)')],
  // the one of the statistics is that of 127.0.0.1, as is Consul's
  [{ haproxy: { metricsPort: 22002 } }],
  [{ haproxy: { metricsPort: 8500 } }],
  [{ haproxy: { healthPort: 22002 } }, too('haproxy.healthPort', 22002, 'haproxy')],
  [{ haproxy: { healthPort: 8500 } }, too('haproxy.healthPort', 8500, 'consul (vars.consul.ports.http)')],
  [{ haproxy: { metricsPort: 5051 } }, too('haproxy.metricsPort', 5051, 'mesos-agent')],
  [{ haproxy: { metricsPort: 22 } }, too('haproxy.metricsPort', 22, 'sshd')],
  [{ haproxy: { healthPort: 31500 } }, too('haproxy.healthPort', 31500, 'mesos-agent (31000-32000)')],
  [{ haproxy: tls(443) }],
  [{ haproxy: tls(80) }, too('haproxy.tls.port', 80, 'haproxy')],
  [{ haproxy: tls(8300) }],
  [{ haproxy: tls(8301) }, too('haproxy.tls.port', 8301, 'consul')],
  [
    { haproxy: { extra: { frontend: ['bind :8443', ' bind :::8443 v6only', 'bind 10.0.0.21:8301,10.0.0.99:8301'] } } },
    too('haproxy.extra.frontend[2]', 8301, 'consul'),
  ],
  [
    { haproxy: { extra: { frontend: ['bind /run/x.sock', 'bind quic4@:8600'] } } },
    too('haproxy.extra.frontend[1]', 8600, 'consul (vars.consul.ports.dns)'),
  ],
  [
    { haproxy: { extra: { sections: ['listen smtp', '  mode tcp', '  bind *:8081', '  server m 10.0.0.5:80'] } } },
    too('haproxy.extra.sections[2]', 8081, 'haproxy (vars.haproxy.healthPort)'),
  ],
  [
    { haproxy: { ipv6: true, extra: { frontend: ['bind :::80 v6only'] } } },
    too('haproxy.extra.frontend[0]', 80, 'haproxy'),
  ],
  [
    { consul: { clientAddresses: ['0.0.0.0'], ports: { http: 8081, dns: 8600 } } },
    too('haproxy.healthPort', 8081, 'consul (vars.consul.ports.http)'),
  ],
  [{ consul: { ports: { dns: 53, https: 8501 }, clientAddresses: ['172.17.0.1'] } }],
  [{ consul: { settings: { ports: { grpc: 5051 } } } }, too('consul.settings.ports.grpc', 5051, 'mesos-agent')],
  [
    { docker: { settings: { 'metrics-addr': '0.0.0.0:8081' } } },
    too('haproxy.healthPort', 8081, 'docker (vars.docker.settings.metrics-addr)'),
  ],
  [
    { docker: { settings: { 'metrics-addr': '127.0.0.1:22002' } } },
    too('docker.settings.metrics-addr', 22002, 'haproxy'),
  ],
  [
    { 'mesos-agent': { resources: { ports: ['8000-8100', '22000-22010'] } } },
    'vars.mesos-agent.resources.ports has ports that others on this host listen on: 8081 (haproxy), 22002 (haproxy)',
  ],
  // what else is wrong is told first
  [{ haproxy: { metricsPort: 80, headerKb: 1 } }, 'vars.haproxy.headerKb must be at least 16, not 1'],
] as const) {
  test(JSON.stringify(vars), () => assert.equal(of(vars), says))
}

test('roles that come together on one host', () => {
  const together = (own: object): string =>
    mistakesOf(() =>
      stack({
        masters: 0,
        slaves: 0,
        hosts: {
          one: { address: '10.0.0.9', roles: ['mesos-master', 'mesos-slave'], vars: { zookeeper: { id: 1 }, ...own } },
        },
      }),
    )
  assert.is(together({}), 'it was accepted')
  assert.match(together({ haproxy: { metricsPort: 8080 } }), /metricsPort +is 8080, where marathon listens/)
  assert.match(
    together({ haproxy: { metricsPort: 15101 } }),
    /is 15101, where marathon \(vars\.marathon\.libprocessPort\) listens/,
  )
  assert.match(together({ haproxy: { healthPort: 3888 } }), /healthPort +is 3888, where zookeeper listens/)
  assert.match(
    together({ zookeeper: { id: 1, settings: { 'metricsProvider.httpPort': 5050 } } }),
    /settings\.metricsProvider\.httpPort +is 5050, where mesos-master/,
  )
  assert.match(together({ marathon: { libprocessPort: 5051 } }), /libprocessPort +is 5051, where mesos-agent listens/)
})

const listening = (name: string, listens: unknown): Role =>
  defineRole({ name, recipes: [defineRecipe({ name, resources: () => [], listens: listens as () => [] })] })
const parsed = (...own: readonly Role[]): string =>
  mistakesOf(() =>
    parseInventory(
      JSON.stringify({
        hosts: { a: { address: '10.0.0.9', ssh: { port: 2222 }, roles: own.map(({ name }) => name) } },
      }),
      { path: '/x/inventory.json', roles: new Map([...roles, ...own.map((role) => [role.name, role] as const)]) },
    ),
  )
for (const [what, says, ...own] of [
  [
    'of users, without variables',
    'hosts.a.roles   shop and site both listen on port 80 of this host',
    listening('site', () => [{ port: 80 }]),
    listening('shop', () => [{ port: 80 }]),
  ],
  [
    'at another address',
    'it was accepted',
    listening('site', () => [{ port: 80, address: '10.0.0.9' }]),
    listening('shop', () => [{ port: 80, address: '127.0.0.1' }]),
  ],
  [
    'of UDP and TCP',
    'it was accepted',
    listening('site', () => [{ port: 53, udp: true }]),
    listening('shop', () => [{ port: 53 }]),
  ],
  ['22, where sshd is at another one', 'it was accepted', listening('site', () => [{ port: 22 }])],
  [
    'as a promise',
    'recipe "site": listens must not be async: it returns the list itself',
    listening('site', async () => []),
  ],
  ['as a number', 'recipe "site": listens must return a list of ports, [{ port }, … ]', listening('site', () => 80)],
  [
    'that cannot be said',
    'recipe "site": listens: no',
    listening('site', () => {
      throw new Error('no')
    }),
  ], // prettier-ignore
] as const) {
  test(`recipes that listen: ${what}`, () =>
    assert.ok(
      parsed(...own)
        .replace(/ \([^()]*, line \d+\)/, '')
        .endsWith(says),
      parsed(...own),
    ))
}

test.run()
