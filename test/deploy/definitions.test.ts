// Definitions as people and documents write them, each as a whole file, and what deploy makes of it before anything is
// sent: '' where it would be sent without a word, else what is found, or how the sentence begins where the file is none
// of ours.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAppFile } from '../../src/deploy/app/app-file.ts'
import { findings } from '../../src/deploy/check/findings.ts'
import type { Surroundings } from '../../src/deploy/check/rule.ts'

const test = suite('definitions')

type Json = Record<string, unknown>
const UP = { upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 }, taskKillGracePeriodSeconds: 40 }
const MAPPING = { containerPort: 3000, hostPort: 0, name: 'http' }
const docker = (image = 'registry.example.com/web:1.2', ...portMappings: Json[]): Json => ({
  type: 'DOCKER',
  docker: { image },
  portMappings: portMappings.length > 0 ? portMappings : [MAPPING],
})
const BRIDGE = [{ mode: 'container/bridge' }]
const CHECK = { protocol: 'MESOS_HTTP', path: '/healthz' }
/** The file at the top of docs/deploy.md, and what differs. */
const rails = (change: Json = {}): Json => ({
  id: '/rails-app',
  instances: 2,
  args: ['/app/prestop.sh', 'puma'],
  container: docker(),
  networks: BRIDGE,
  env: { PRESTOP: '10' },
  labels: { 'lb.enable': 'true' },
  healthChecks: [CHECK],
  ...UP,
  ...change,
})
const labels = (more: Record<string, string>): Json => ({ labels: { 'lb.enable': 'true', ...more } })
const check = (...healthChecks: Json[]): Json => ({ healthChecks })
const ports = (...portMappings: Json[]): Json => ({ container: docker(undefined, ...portMappings) })
const ADMIN = { containerPort: 3001, hostPort: 0, name: 'admin' }
const worker = (change: Json = {}): Json => ({ id: '/worker', cmd: 'exec sidekiq', ...UP, ...change })

const other = (id: string, more: Record<string, string> = {}): Json => ({
  id,
  labels: { 'lb.enable': 'true', ...more },
  container: docker(),
})
const beside = (...apps: Json[]): Partial<Surroundings> => ({ apps })
const named = (defaultBackend: string, ...apps: Json[]): Partial<Surroundings> => ({
  apps,
  fronts: [{ host: 'slave-1', defaultBackend, critical: [], tcpPorts: [] }],
})
const HOST = 'labels["lb.host"]'
const agent = (cpus: number, mem: number): Partial<Surroundings> => ({
  agents: ['10.0.0.21', '10.0.0.22'].map((host) => ({
    host,
    attributes: { rack: 'r1' },
    whole: { cpus, mem, disk: 9000 },
    ports: [[31000, 32000]],
    free: { cpus, mem, disk: 9000 },
  })),
})

const rows: readonly (readonly [what: string, file: unknown, found: string, around?: Partial<Surroundings>])[] = [
  // Shapes that are fine.
  ['the file of the documentation', rails(labels({ 'lb.host': 'www.example.com' })), ''],
  ['the only app, without a name', rails(), ''],
  ['several host names', rails(labels({ 'lb.host': 'example.com,www.example.com,*.shop.example.com' })), ''],
  [
    'a part of a site',
    rails(labels({ 'lb.host': 'www.example.com', 'lb.path': '/api' })),
    'warn lb-clash labels["lb.enable"]',
    beside(other('/w', { 'lb.host': 'www.example.com' })),
  ],
  [
    'a path of all sites',
    rails(labels({ 'lb.path': '/admin' })),
    'warn lb-clash labels["lb.enable"]',
    beside(other('/w', { 'lb.host': 'www.example.com' })),
  ],
  ['all that is left', rails(labels({ 'lb.path': '/' })), '', beside(other('/w', { 'lb.host': 'www.example.com' }))],
  ['a digest', rails({ container: docker(`web@sha256:${'a'.repeat(64)}`) }), ''],
  [
    'a tag and a digest, a registry with a port',
    rails({ container: docker(`localhost:5000/a/b_c/web:1@sha256:${'a'.repeat(64)}`) }),
    '',
  ],
  [
    'a plain command on the host',
    rails({ container: undefined, networks: [{ mode: 'host' }], portDefinitions: [{ port: 0, name: 'http' }] }),
    '',
  ],
  ['a plain command of before Marathon 1.0', rails({ container: undefined, networks: undefined, ports: [0] }), ''],
  [
    'two ports, the second one balanced by name',
    rails({ ...ports(ADMIN, MAPPING), ...labels({ 'lb.port': 'http' }), ...check({ ...CHECK, portIndex: 1 }) }),
    '',
  ],
  [
    'Dropwizard: the check on its admin port',
    rails({ ...ports(MAPPING, ADMIN), ...check({ protocol: 'MESOS_HTTP', path: '/healthcheck', portIndex: 1 }) }),
    '',
  ],
  [
    'an actuator on a port that the container alone knows',
    rails({ ...ports(MAPPING, ADMIN), ...check({ ...CHECK, port: 3001 }) }),
    '',
  ],
  [
    'a check over TLS on another port',
    rails({ ...ports(MAPPING, ADMIN), ...check({ protocol: 'MESOS_HTTPS', portIndex: 1 }) }),
    '',
  ],
  ['a check that connects', rails(check({ protocol: 'MESOS_TCP' })), ''],
  ['a port of TCP and UDP', rails(ports({ ...MAPPING, protocol: 'udp,tcp' })), ''],
  ["a container's own network, with a host port", rails({ networks: [{ mode: 'container', name: 'calico' }] }), ''],
  [
    'a form of before Marathon 1.5',
    rails({
      networks: undefined,
      container: { type: 'DOCKER', docker: { image: 'web:1', network: 'BRIDGE', portMappings: [MAPPING] } },
    }),
    '',
  ],
  [
    'nulls, as Marathon writes them',
    rails({ cmd: null, user: null, ipAddress: null, container: { ...docker(), volumes: null } }),
    '',
  ],
  ['a worker that nobody sends to', worker(), ''],
  ['a worker with labels of its own', worker({ labels: { team: 'billing', version: '3', 'lbl.x': 'y' } }), ''],
  ['a worker with a container of Mesos', worker({ container: { type: 'MESOS', docker: { image: 'worker:2' } } }), ''],
  ['a fixed port that the agents offer', worker(ports({ containerPort: 80, hostPort: 31500 })), '', agent(4, 4096)],
  ['switched off', rails({ labels: { 'lb.enable': 'false' } }), ''],

  // Labels.
  ['a URL', rails(labels({ 'lb.host': 'https://www.example.com/' })), `refuse lb-label ${HOST}`],
  ['a port in a name', rails(labels({ 'lb.host': 'www.example.com:8080' })), `refuse lb-label ${HOST}`],
  ['an underscore', rails(labels({ 'lb.host': 'my_app.example.com' })), `refuse lb-label ${HOST}`],
  ['a star', rails(labels({ 'lb.host': '*' })), `refuse lb-label ${HOST}`],
  ['a star in the middle', rails(labels({ 'lb.host': 'a.*.example.com' })), `refuse lb-label ${HOST}`],
  ['spaces', rails(labels({ 'lb.host': 'a.example.com b.example.com' })), `refuse lb-label ${HOST}`],
  ['a variable that nobody filled in', rails(labels({ 'lb.host': `$${'{HOST}'}` })), `refuse lb-label ${HOST}`],
  ['a variable that was empty', rails(labels({ 'lb.host': '' })), `refuse lb-label ${HOST}`],
  [
    'one good name and a bad one',
    rails(labels({ 'lb.host': 'a.example.com,b_.example.com' })),
    `refuse lb-label ${HOST}`,
  ],
  ['a path without a slash', rails(labels({ 'lb.path': 'api' })), 'refuse lb-label labels["lb.path"]'],
  ['a path with a star', rails(labels({ 'lb.path': '/api/*' })), 'refuse lb-label labels["lb.path"]'],
  ['a regular expression', rails(labels({ 'lb.path': '^/api' })), 'refuse lb-label labels["lb.path"]'],
  ['a check without a slash', rails(labels({ 'lb.check': 'healthz' })), 'refuse lb-label labels["lb.check"]'],
  ['a check with a method', rails(labels({ 'lb.check': 'GET /healthz' })), 'refuse lb-label labels["lb.check"]'],
  ['a time with a unit', rails(labels({ 'lb.timeout': '5m' })), 'refuse lb-label labels["lb.timeout"]'],
  ['no time', rails(labels({ 'lb.timeout': '0' })), 'refuse lb-label labels["lb.timeout"]'],
  ['no requests at once', rails(labels({ 'lb.maxconn': '0' })), 'refuse lb-label labels["lb.maxconn"]'],
  ['a time, and clients that stay', rails(labels({ 'lb.timeout': '300', 'lb.sticky': 'true' })), ''],
  ['clients that stay, in another word', rails(labels({ 'lb.sticky': 'yes' })), 'refuse lb-label labels["lb.sticky"]'],
  ['a name with a dot', rails(labels({ 'lb.name': 'shop.web' })), 'refuse lb-label labels["lb.name"]'],
  ["Consul's own name", rails({ id: '/consul' }), 'refuse lb-label id'],
  ['lb.enable of another word', rails({ labels: { 'lb.enable': 'yes' } }), 'refuse lb-label labels["lb.enable"]'],
  ['lb.enable in capitals', rails({ labels: { 'lb.enable': 'True' } }), 'refuse lb-label labels["lb.enable"]'],
  ['lb.hosts', rails(labels({ 'lb.hosts': 'a.example.com' })), 'refuse lb-label labels["lb.hosts"]'],
  ['lb.Path', rails(labels({ 'lb.Path': '/api' })), 'refuse lb-label labels["lb.Path"]'],
  ['lb.enabled', rails({ labels: { 'lb.enabled': 'true' } }), 'refuse lb-label labels["lb.enabled"]'],
  ['lb_host', rails(labels({ lb_host: 'a' })), 'refuse lb-label labels["lb_host"]'],
  [
    'marathon-lb',
    worker({ labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'a.example.com' } }),
    'warn lb-label labels["HAPROXY_GROUP"], warn lb-label labels["HAPROXY_0_VHOST"]',
  ],
  ['a name, and not behind the HAProxies', worker({ labels: { 'lb.host': 'a.example.com' } }), `warn lb-label ${HOST}`],

  // Ports.
  [
    'no port',
    rails({ container: { type: 'DOCKER', docker: { image: 'web:1' } } }),
    'refuse lb-port container.portMappings',
  ],
  [
    'no port of a plain command',
    rails({ container: undefined, networks: undefined }),
    'refuse lb-port portDefinitions',
  ],
  [
    'a port of UDP',
    rails({ ...ports(MAPPING, { ...ADMIN, protocol: 'udp' }), ...labels({ 'lb.port': 'admin' }) }),
    'refuse lb-port labels["lb.port"]',
  ],
  ['the only port, of UDP', rails(ports({ ...MAPPING, protocol: 'udp' })), 'refuse lb-port container.portMappings'],
  [
    'the number of a port instead of its index',
    rails(labels({ 'lb.port': '3000' })),
    'refuse lb-port labels["lb.port"]',
  ],
  [
    "a container's own network, without a host port",
    rails({ networks: [{ mode: 'container', name: 'calico' }], ...ports({ containerPort: 80 }) }),
    'refuse lb-port container.portMappings[0].hostPort',
  ],

  // Checks that HAProxy could not repeat.
  [
    'TLS at the port that gets plain HTTP',
    rails(check({ protocol: 'MESOS_HTTPS' })),
    'refuse lb-check healthChecks[0].protocol',
  ],
  [
    'a port that the container keeps to itself',
    rails(check({ ...CHECK, port: 9090 })),
    'refuse lb-check healthChecks[0].port',
  ],
  ['a path with a space', rails(check({ ...CHECK, path: '/health check' })), 'refuse lb-check healthChecks[0].path'],
  [
    'a command',
    rails(check({ protocol: 'COMMAND', command: { value: 'curl -f localhost:3000' } })),
    'warn lb-check healthChecks',
  ],
  [
    '… and a path for HAProxy',
    rails({ ...check({ protocol: 'COMMAND', command: { value: 'true' } }), ...labels({ 'lb.check': '/up' }) }),
    '',
  ],
  ['none at all', rails({ healthChecks: [] }), 'refuse no-check healthChecks'],

  // Other apps.
  [
    'a second one, which takes the first one offline',
    rails({ id: '/prod/web', ...labels({ 'lb.host': 'a.example.com' }) }),
    'refuse lb-clash labels["lb.enable"]',
    beside(other('/rails-app')),
  ],
  [
    '… unless the inventory names the first',
    rails({ id: '/prod/web', ...labels({ 'lb.host': 'a.example.com' }) }),
    '',
    named('rails-app', other('/rails-app')),
  ],
  [
    'a second one that nobody would reach',
    rails(),
    `refuse lb-clash ${HOST}`,
    beside(other('/w', { 'lb.host': 'a.example.com' })),
  ],
  ['… but the inventory names it', rails(), '', named('rails-app', other('/w', { 'lb.host': 'a.example.com' }))],
  ['the inventory names somebody else', rails(), `refuse lb-clash ${HOST}`, named('rails_app')],
  [
    'two ids, one service',
    rails({ id: '/prod-web', ...labels({ 'lb.host': 'b.example.com' }) }),
    'refuse lb-clash id',
    beside(other('/prod/web', { 'lb.host': 'a.example.com' })),
  ],
  [
    'one lb.name twice',
    rails(labels({ 'lb.name': 'shop', 'lb.host': 'b.example.com' })),
    'refuse lb-clash labels["lb.name"]',
    beside(other('/w', { 'lb.name': 'shop', 'lb.host': 'a.example.com' })),
  ],
  [
    'one host twice',
    rails(labels({ 'lb.host': 'a.example.com' })),
    `refuse lb-clash ${HOST}`,
    beside(other('/w', { 'lb.host': 'A.example.com' })),
  ],
  [
    'one path twice',
    rails(labels({ 'lb.path': '/api' })),
    'refuse lb-clash labels["lb.path"]',
    beside(other('/w', { 'lb.path': '/api/' })),
  ],
  [
    'itself, as it is',
    rails(labels({ 'lb.host': 'a.example.com' })),
    '',
    beside(other('/rails-app', { 'lb.host': 'a.example.com' })),
  ],

  // Images, places.
  [
    'an image with a variable',
    worker({ container: { docker: { image: `web:$${'{TAG}'}` } } }),
    'refuse image container.docker.image',
  ],
  [
    'an image with a variable of a template',
    worker({ container: { docker: { image: 'web:{{ tag }}' } } }),
    'refuse image container.docker.image',
  ],
  [
    'an image with a placeholder',
    worker({ container: { docker: { image: 'web:<tag>' } } }),
    'refuse image container.docker.image',
  ],
  [
    'an image with capitals',
    worker({ container: { docker: { image: 'Web:1' } } }),
    'refuse image container.docker.image',
  ],
  [
    'an image with a protocol',
    worker({ container: { docker: { image: 'https://registry.example.com/web:1' } } }),
    'refuse image container.docker.image',
  ],
  ['no tag', worker({ container: { docker: { image: 'web' } } }), 'refuse latest container.docker.image'],
  ['more memory than any slave has', worker({ mem: 200_000 }), 'refuse never-fits mem', agent(4, 4096)],
  ['more CPUs', worker({ cpus: 8 }), 'refuse never-fits cpus', agent(4, 4096)],
  [
    'a rack that there is not',
    worker({ constraints: [['rack', 'LIKE', 'r9']] }),
    'refuse never-fits constraints',
    agent(4, 4096),
  ],
  [
    'a host port that no agent offers',
    worker(ports({ containerPort: 80, hostPort: 80 })),
    'refuse never-fits container.portMappings[0].hostPort',
    agent(4, 4096),
  ],
  [
    '… in the form of before Marathon 1.5',
    worker({
      container: {
        docker: { image: 'web:1', network: 'BRIDGE', portMappings: [{ containerPort: 80, hostPort: 443 }] },
      },
    }),
    'refuse never-fits container.portMappings[0].hostPort',
    agent(4, 4096),
  ],
  [
    'a fixed port in the old form is one a slave',
    worker({
      instances: 3,
      container: {
        docker: { image: 'web:1', network: 'BRIDGE', portMappings: [{ containerPort: 80, hostPort: 31500 }] },
      },
    }),
    'refuse deadlock constraints',
    { slaves: 2 },
  ],
  [
    'a required port of a plain command',
    worker({ portDefinitions: [{ port: 80 }], requirePorts: true }),
    'refuse never-fits portDefinitions[0].port',
    agent(4, 4096),
  ],

  // Exports, and forms of before Marathon 1.5.
  [
    'what Marathon 1.4 exports',
    rails({
      networks: undefined,
      container: {
        type: 'DOCKER',
        volumes: [],
        docker: {
          image: 'web:1.2',
          network: 'BRIDGE',
          portMappings: [{ containerPort: 3000, hostPort: 0, servicePort: 10001, protocol: 'tcp', labels: {} }],
          privileged: false,
          parameters: [],
          forcePullImage: false,
        },
      },
      cmd: null,
      ipAddress: null,
      residency: null,
      acceptedResourceRoles: null,
      executor: '',
      uris: [],
      fetch: [],
      ports: [10001],
      requirePorts: false,
      dependencies: [],
    }),
    '',
  ],
  [
    '… with what nothing reads any more',
    rails({ storeUrls: [] }),
    'app.json has 1 mistake:\n  storeUrls   is read by no Marathon since 1.5: leave it out',
  ],
  [
    'an export with statistics',
    worker({ taskStats: {}, version: '2026-11-22T10:43:26.398Z' }),
    "app.json has 1 mistake:\n  taskStats   is Marathon's own, as are version: leave them out",
  ],
  [
    'HOST of before Marathon 1.5, with ports',
    rails({ networks: undefined, container: { docker: { image: 'web:1', network: 'HOST' } }, ports: [0] }),
    '',
  ],
  [
    'HOST of before Marathon 1.5, with portDefinitions',
    rails({
      networks: undefined,
      container: { docker: { image: 'web:1', network: 'HOST' } },
      portDefinitions: [{ port: 0 }],
    }),
    '',
  ],
  [
    'a container on the host, without a port',
    rails({ networks: [{ mode: 'host' }], container: { docker: { image: 'web:1' } } }),
    'refuse lb-port portDefinitions',
  ],
  [
    'USER of before Marathon 1.5, with a host port',
    rails({
      networks: undefined,
      ipAddress: { networkName: 'calico' },
      container: { docker: { image: 'web:1', network: 'USER', portMappings: [MAPPING] } },
    }),
    '',
  ],
  [
    '… without one',
    rails({
      networks: undefined,
      ipAddress: { networkName: 'calico' },
      container: { docker: { image: 'web:1', network: 'USER', portMappings: [{ containerPort: 3000 }] } },
    }),
    'refuse lb-port container.portMappings[0].hostPort',
  ],
  [
    'an address for each task',
    rails({
      networks: undefined,
      container: undefined,
      ipAddress: { networkName: 'calico', discovery: { ports: [{ number: 80, name: 'http', protocol: 'tcp' }] } },
    }),
    'refuse lb-port ipAddress',
  ],
  [
    'a network in small letters',
    worker({ container: { docker: { image: 'web:1', network: 'bridge' } } }),
    'app.json has 1 mistake:\n  container.docker.network   must be "BRIDGE" or "HOST" or "NONE" or "USER", not "bridge"; did you mean "BRIDGE"?',
  ],
  [
    'a mode of Docker',
    worker({ networks: [{ mode: 'bridge' }] }),
    'app.json has 1 mistake:\n  networks[0].mode   must be "container" or "container/bridge" or "host", not "bridge"',
  ],
  [
    'a form for flags of the command line',
    worker({ constraints: ['hostname:UNIQUE'] }),
    'app.json has 1 mistake:\n  constraints[0]   must be a list [ … ], not "hostname:UNIQUE"',
  ],

  // Checks of every protocol.
  ['Marathon asks over HTTP', rails(check({ protocol: 'HTTP', path: '/' })), 'warn marathon-checks healthChecks'],
  ['… which is the default', rails(check({ path: '/' })), 'warn marathon-checks healthChecks'],
  ['Marathon connects', rails(check({ protocol: 'TCP' })), 'warn marathon-checks healthChecks'],
  [
    'Marathon asks over TLS',
    rails(check({ protocol: 'HTTPS' })),
    'refuse lb-check healthChecks[0].protocol, warn marathon-checks healthChecks',
  ],
  ['some of each', rails(check(CHECK, { protocol: 'TCP' })), 'refuse mixed-checks healthChecks'],
  [
    'a protocol in small letters',
    rails(check({ protocol: 'mesos_http' })),
    'app.json has 1 mistake:\n  healthChecks[0].protocol   must be "HTTP" or',
  ],
  [
    'a command as text',
    rails(check({ protocol: 'COMMAND', command: 'true' })),
    'app.json has 1 mistake:\n  healthChecks[0].command   must be an object { … }, not "true"',
  ],

  // All mistakes in one run.
  [
    'a number in env, and labels',
    rails({ env: { PORT: 3000 }, ...labels({ 'lb.host': 'a:80', 'lb.path': 'api' }) }),
    `app.json has 3 mistakes:
  env.PORT            must be text or an object { … }, not 3000
  labels["lb.host"]   "a:80" is more than a host name: write "a". (--allow lb-label)
  labels["lb.path"]   "api" does not begin with a slash: write "/api". (--allow lb-label)`,
  ],
  [
    'a switch that is no text, and a check',
    rails({ labels: { 'lb.enable': true }, ...check({ ...CHECK, maxConsecutiveFailures: 0 }) }),
    `app.json has 2 mistakes:
  labels["lb.enable"]                      must be text in double quotes, not true
  healthChecks[0].maxConsecutiveFailures   0 means never`,
  ],
  [
    'a misspelt key, an image, a constraint',
    rails({ instance: 2, container: docker('web'), constraints: [['hostname', 'GROUP_BY']] }),
    `app.json has 3 mistakes:
  container.docker.image   web names no fixed version`,
  ],
  [
    'what is misspelt is not missing as well',
    rails({ healthChecks: undefined, healthCheck: [CHECK] }),
    'app.json has 1 mistake:\n  healthCheck   is not a known key; did you mean "healthChecks"?',
  ],
  [
    'what hangs on a mistake is not judged',
    rails({ ...ports({ ...MAPPING, name: 3 }), ...labels({ 'lb.port': 'http' }) }),
    'app.json has 1 mistake:\n  container.portMappings[0].name   must be text in double quotes, not 3',
  ],
  ['a list of nothing', worker({ constraints: [null] }), 'app.json has 1 mistake:\n  constraints[0]   must be'],

  // What is no app of ours.
  [
    "an error of Marathon's",
    { message: "App '/x' does not exist" },
    'app.json contains an error that Marathon answered',
  ],
  [
    'an answer to a change',
    { version: '2026', deploymentId: '5ed4' },
    'app.json contains what Marathon answers to a change',
  ],
  ['the versions of an app', { versions: ['2026'] }, "app.json contains the list of an app's versions"],
  ['the tasks of an app', { tasks: [] }, 'app.json contains a list of tasks'],
  ['the queue', { queue: [] }, "app.json contains Marathon's queue"],
  ['Kubernetes', { apiVersion: 'apps/v1', kind: 'Deployment', spec: {} }, 'app.json contains an object of Kubernetes'],
  ['Docker Compose', { version: '3', services: { web: {} } }, 'app.json contains a file of Docker Compose'],
  ['Chronos', { name: 'x', schedule: 'R/P1D', command: 'true' }, 'app.json contains a job of Chronos'],
  ['Metronome', { id: 'x', run: { cmd: 'true' } }, 'app.json contains a job of Metronome'],
  ['Nomad', { job: { web: {} } }, 'app.json contains a job of Nomad'],
  ['DC/OS', { name: 'marathon-lb', packagingVersion: '3.0' }, 'app.json contains a package of DC/OS'],
  ['an inventory', { hosts: {} }, 'app.json contains an inventory'],
  ['nothing', {}, 'app.json has 1 mistake:\n  id   is missing'],
  ['a group', { id: '/prod', apps: [worker()] }, 'app.json contains a group'],
  ['a group of groups', { id: '/', groups: [{ id: '/prod', apps: [] }] }, 'app.json contains a group'],
  ['a pod', { id: '/pod', containers: [{ name: 'a', resources: { cpus: 1, mem: 32 } }] }, 'app.json contains a pod'],
  ['what Marathon answers', { app: worker() }, 'app.json contains an answer from Marathon'],
  ['what Marathon answers for all', { apps: [worker()] }, 'app.json contains a list of apps'],
  ['a list', [worker()], 'app.json contains a list'],
  [
    'an export',
    worker({ version: '2026-11-22T10:43:26.398Z', versionInfo: {}, tasksRunning: 1, tasksHealthy: 1 }),
    "app.json has 1 mistake:\n  version   is Marathon's own, as are versionInfo, tasksRunning, tasksHealthy: leave them out",
  ],
]

for (const [what, file, found, around = {}] of rows) {
  test(what, () => {
    const surroundings = {
      slaves: 10,
      fronts: [{ host: 'slave-1', defaultBackend: undefined, critical: [], tcpPorts: [] }],
      ...around,
    }
    let seen: string
    try {
      const { definition } = parseAppFile(JSON.stringify(file), { path: 'app.json' })
      seen = findings(definition, surroundings)
        .map(({ level, name, path }) => `${level} ${name} ${path}`)
        .join(', ')
    } catch (error) {
      seen = (error as Error).message
    }
    if (found.startsWith('app.json')) assert.is(seen.slice(0, found.length), found)
    else assert.is(seen, found)
  })
}

test('there are a hundred of them', () => assert.ok(rows.length >= 100, `${rows.length}`))

test.run()
