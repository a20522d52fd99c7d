// Definitions and surroundings that people have: each is refused with a sentence, told, or taken as it is.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Front } from '../../src/balancing/clash.ts'
import type { Definition } from '../../src/clients/marathon-answers.ts'
import { findings } from '../../src/deploy/check/findings.ts'
import type { Surroundings } from '../../src/deploy/check/rule.ts'

const test = suite('deploy: strange apps')

const labels = (more: Record<string, string>) => ({ labels: { 'lb.enable': 'true', ...more } })
const app = (id: string, more: object = {}): Definition => ({
  id,
  instances: 2,
  container: {
    type: 'DOCKER',
    docker: { image: 'web:1.0' },
    portMappings: [{ containerPort: 3000, hostPort: 0, name: 'http' }],
  },
  networks: [{ mode: 'container/bridge' }],
  env: { PRESTOP: '10' },
  healthChecks: [{ protocol: 'MESOS_HTTP', path: '/healthz', portIndex: 0, gracePeriodSeconds: 60 }],
  taskKillGracePeriodSeconds: 40,
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
  ...labels({ 'lb.host': `${id.slice(1).replaceAll('/', '-')}.example.com` }),
  ...more,
})
const front = (more: Partial<Front> = {}): Front => ({
  host: 's-1',
  defaultBackend: undefined,
  critical: [],
  tcpPorts: [],
  ...more,
})

interface Case {
  readonly of: Definition
  readonly apps?: readonly Definition[]
  readonly fronts?: readonly Front[]
  /** What is said: the level and the name, then what the message matches. None: nothing at all. */
  readonly says?: readonly (readonly [level: string, path: string, message: RegExp])[]
}
const WEB = app('/web')
const NAMELESS = app('/old', labels({}))
const UDP = { containerPort: 3000, hostPort: 0, protocol: 'udp' }

const CASES: Readonly<Record<string, Case>> = {
  'an app beside others': { of: WEB, apps: [app('/api')] },
  'an app renamed, with the host name of the old one, which runs still': {
    of: app('/shop', labels({ 'lb.host': 'web.example.com' })),
    apps: [WEB],
    says: [['refuse', 'labels["lb.host"]', /^web\.example\.com already belongs to \/web: one of the two/]],
  },
  'an app renamed, with the name of its service kept': {
    of: app('/shop', labels({ 'lb.host': 'shop.example.com', 'lb.name': 'web' })),
    apps: [WEB],
    says: [['refuse', 'labels["lb.name"]', /its service in Consul would be "web", which \/web has/]],
  },
  'an app that moves to another host name': {
    of: app('/web', labels({ 'lb.host': 'new.example.com' })),
    apps: [WEB, app('/api')],
  },
  'an app that moves to the host name of another one, in capitals': {
    of: app('/web', labels({ 'lb.host': 'API.example.com' })),
    apps: [WEB, app('/api')],
    says: [['refuse', 'labels["lb.host"]', /^api\.example\.com already belongs to \/api/]],
  },
  'one of several host names is another app’s': {
    of: app('/web', labels({ 'lb.host': 'a.example.com, api.example.com' })),
    apps: [app('/api')],
    says: [['refuse', 'labels["lb.host"]', /^api\.example\.com already belongs to \/api/]],
  },
  'a host name beside a wildcard that includes it': {
    of: app('/web', labels({ 'lb.host': 'web.example.com' })),
    apps: [app('/all', labels({ 'lb.host': '*.example.com' }))],
  },
  'two wildcards': {
    of: app('/web', labels({ 'lb.host': '*.example.com' })),
    apps: [app('/all', labels({ 'lb.host': '*.example.com' }))],
    says: [['refuse', 'labels["lb.host"]', /^\*\.example\.com already belongs to \/all/]],
  },
  'a path below that of another app': {
    of: app('/web', labels({ 'lb.host': 'x.example.com', 'lb.path': '/api/v2' })),
    apps: [app('/api', labels({ 'lb.host': 'x.example.com', 'lb.path': '/api' }))],
  },
  'the same path with a slash at its end': {
    of: app('/web', labels({ 'lb.host': 'x.example.com', 'lb.path': '/api/' })),
    apps: [app('/api', labels({ 'lb.host': 'x.example.com', 'lb.path': '/api' }))],
    says: [['refuse', 'labels["lb.host"]', /^x\.example\.com\/api already belongs to \/api/]],
  },
  'the path that the HAProxies answer themselves': {
    of: app('/web', labels({ 'lb.path': '/haproxy-health' })),
    says: [['refuse', 'labels["lb.path"]', /^"\/haproxy-health" is what the HAProxies answer themselves/]],
  },
  '… with a slash': {
    of: app('/web', labels({ 'lb.path': '/haproxy-health/' })),
    says: [['refuse', 'labels["lb.path"]', /is what the HAProxies answer themselves/]],
  },
  'a path that only begins so': {
    of: app('/web', labels({ 'lb.host': 'a.example.com', 'lb.path': '/haproxy-healthy' })),
  },
  'the only app becomes one of two, and the other one has no name': {
    of: WEB,
    apps: [NAMELESS],
    fronts: [front()],
    says: [['refuse', 'labels["lb.enable"]', /^\/old has no lb\.host and is the default only while it is alone/]],
  },
  '… and the variable names it': { of: WEB, apps: [NAMELESS], fronts: [front({ defaultBackend: 'old' })] },
  'the default is an app that does not run': {
    of: WEB,
    apps: [app('/api')],
    fronts: [front({ defaultBackend: 'wbe' })],
    says: [
      [
        'warn',
        'vars.haproxy.defaultBackend',
        /^of s-1 names "wbe", which no running app is: requests that no app claims get 503\.$/,
      ],
    ],
  },
  'the health of the HAProxies hangs on an app that does not run': {
    of: WEB,
    apps: [app('/api')],
    fronts: [front({ critical: ['web', 'shop'], defaultBackend: 'web' })],
    says: [
      [
        'warn',
        'vars.haproxy.critical',
        /^of s-1 names "shop", which no running app is: \/haproxy-health answers 503\.$/,
      ],
    ],
  },
  'the default is this app': {
    of: WEB,
    apps: [app('/api')],
    fronts: [front({ defaultBackend: 'web', critical: ['web'] })],
  },
  'an app without a name, and a default that does not run': {
    of: app('/web', labels({})),
    fronts: [front({ defaultBackend: 'wbe' })],
    says: [['refuse', 'labels["lb.host"]', /is missing: .* go to "wbe" \(vars\.haproxy\.defaultBackend of s-1\)/]],
  },
  'the default leaves the HAProxies': {
    of: app('/web', { labels: {} }),
    apps: [WEB, app('/api')],
    fronts: [front({ defaultBackend: 'web' })],
    says: [['refuse', 'labels["lb.enable"]', /defaultBackend of s-1 names "web", which this app would no longer be/]],
  },
  'a critical app gets another name': {
    of: app('/web', labels({ 'lb.host': 'web.example.com', 'lb.name': 'shop' })),
    apps: [WEB],
    fronts: [front({ critical: ['web'] })],
    says: [['refuse', 'labels["lb.name"]', /critical of s-1 names "web", which this app would no longer be/]],
  },
  'it depends on an app that runs': { of: app('/web', { dependencies: ['/db'] }), apps: [app('/db')] },
  '… on one that is not there': {
    of: app('/web', { dependencies: ['/dbb'] }),
    apps: [app('/db')],
    says: [['refuse', 'dependencies[0]', /^\/dbb is no app that runs, and Marathon would not wait for it/]],
  },
  '… on a group, from its own place': {
    of: app('/shop/web', { dependencies: ['../data'] }),
    apps: [app('/data/db')].map((each) => ({ ...each, id: '/shop/data/db' })),
  },
  '… on a group without apps': {
    of: app('/shop/web', { dependencies: ['../data'] }),
    apps: [app('/db')],
    says: [['refuse', 'dependencies[0]', /^\/shop\/data is no app/]],
  },
  'the name of Consul itself': {
    of: app('/consul'),
    says: [['refuse', 'id', /would be the name of Consul's own service/]],
  },
  'ids that become one name': {
    of: app('/prod/web', labels({ 'lb.host': 'b.example.com' })),
    apps: [app('/prod-web', labels({ 'lb.host': 'a.example.com' }))],
    says: [['refuse', 'id', /would be "prod-web", which \/prod-web has/]],
  },
  'an empty host name, as of a template without its value': {
    of: app('/web', labels({ 'lb.host': '' })),
    says: [['refuse', 'labels["lb.host"]', /^is empty/]],
  },
  'an address as the host name': { of: app('/web', labels({ 'lb.host': '10.0.0.5' })) },
  'a port of UDP': {
    of: app('/web', { container: { type: 'DOCKER', docker: { image: 'web:1.0' }, portMappings: [UDP] } }),
    says: [['refuse', 'container.portMappings', /is a UDP port, but HAProxy sends over TCP only/]],
  },
  'a switch that is written out': {
    of: app('/web', { labels: { 'lb.enable': 'True' } }),
    says: [['refuse', 'labels["lb.enable"]', /^"True" is neither "true" nor "false"/]],
  },
  'labels of ours without the switch': {
    of: app('/web', { labels: { 'lb.host': 'a.example.com' } }),
    says: [['warn', 'labels["lb.host"]', /^does nothing without the label lb\.enable/]],
  },
  'two TCP apps at one port': {
    of: app('/pg', labels({ 'lb.tcp': '5432' })),
    apps: [app('/pg-old', labels({ 'lb.tcp': '5432' }))],
    fronts: [front({ tcpPorts: [5432] })],
    says: [['refuse', 'labels["lb.tcp"]', /^5432 is where \/pg-old is served already/]],
  },
  'a TCP app as the default': {
    of: app('/pg', labels({ 'lb.tcp': '5432' })),
    fronts: [front({ tcpPorts: [5432], defaultBackend: 'pg' })],
    says: [['refuse', 'labels["lb.tcp"]', /defaultBackend of s-1 names "pg", but requests cannot be sent/]],
  },
}

for (const [what, { of, apps = [], fronts = [], says = [] }] of Object.entries(CASES))
  test(what, () => {
    const around: Surroundings = { slaves: 2, apps, fronts }
    const found = findings(of, around).filter(({ name }) => name !== 'prestop')
    const told = found.map(({ level, path, message }) => `${level} ${path}  ${message}`)
    assert.is(found.length, says.length, told.join('\n'))
    for (const [i, [level, path, message]] of says.entries()) {
      assert.equal([found[i]?.level, found[i]?.path], [level, path], told.join('\n'))
      assert.match(found[i]?.message ?? '', message)
    }
  })

test.run()
