import { ADMIN, agent, CHECK, check, definitions, docker, labels, MAPPING, ports, rails, worker } from './definition.ts'

const slaves = agent(4, 4096)
const volume = (...volumes: object[]) => ({ container: { type: 'MESOS', volumes } })
const DATA = { containerPath: 'data', mode: 'RW', persistent: { size: 100 } }

definitions('of strangers', 40, [
  // Networks and ports.
  [
    'a network of its own, for the universal runtime',
    worker({ container: { type: 'MESOS', docker: { image: 'a:1' } }, networks: [{ mode: 'container', name: 'dcos' }] }),
    '',
  ],
  [
    'two networks, and a port of one of them',
    rails({
      networks: [
        { mode: 'container', name: 'a' },
        { mode: 'container', name: 'b' },
      ],
      ...ports({ ...MAPPING, networkNames: ['a'] }),
    }),
    'app.json has 1 mistake:\n  networks   may have one network only',
  ],
  [
    "Docker's word for a bridge",
    worker({ container: docker(), networks: [{ mode: 'bridge' }] }),
    'app.json has 1 mistake:\n  networks[0].mode   must be "container" or "container/bridge" or "host", not "bridge": write "container/bridge"',
  ],
  ['a port for both protocols', worker({ portDefinitions: [{ port: 0, protocol: 'udp,tcp', name: 'dns' }] }), ''],
  [
    'a port with a protocol above it',
    worker({ portDefinitions: [{ port: 0, protocol: 'http' }] }),
    'app.json has 1 mistake:\n  portDefinitions[0].protocol   must be "tcp" or "udp" or "udp,tcp"',
  ],
  [
    'a name that is none for DNS',
    worker({ portDefinitions: [{ port: 0, name: 'HTTP_Main' }] }),
    'app.json has 1 mistake:\n  portDefinitions[0].name   must be a name of lower-case letters',
  ],
  ['service ports that nobody reads', rails(ports({ ...MAPPING, servicePort: 0 }, { ...ADMIN, servicePort: 0 })), ''],
  ['the same service port twice', rails(ports({ ...MAPPING, servicePort: 1 }, { ...ADMIN, servicePort: 1 })), ''],
  ['any two ports, as of old', worker({ ports: [0, 0] }), ''],
  ['a port above all', worker({ ports: [70_000] }), 'app.json has 1 mistake:\n  ports[0]   must be at most 65535'],
  // Environment and labels.
  ["a secret of Marathon's", worker({ env: { PW: { secret: 's' } }, secrets: { s: { source: '/a' } } }), ''],
  [
    'names that no environment has',
    worker({ env: { 'A=B': 'x', '': 'y' } }),
    'app.json has 2 mistakes:\n  env["A=B"]   must be a name, without "=", not "A=B"\n  env[""]',
  ],
  [
    'a variable of nothing',
    worker({ env: { PW: null } }),
    'app.json has 1 mistake:\n  env.PW   must be text or an object',
  ],
  ['labels with odd names and no value', rails(labels({ 'ü/ß "x"': '1', empty: '' })), ''],
  ['a host name of nothing', rails(labels({ 'lb.host': '' })), 'refuse lb-label labels["lb.host"]'],
  ['a label in capitals', rails(labels({ 'LB.HOST': 'a.example.com' })), 'refuse lb-label labels["LB.HOST"]'],
  ['a label with an underscore', rails(labels({ lb_host: 'a.example.com' })), 'refuse lb-label labels["lb_host"]'],
  ['a switch in capitals', rails({ labels: { 'lb.enable': 'TRUE' } }), 'refuse lb-label labels["lb.enable"]'],
  ['a time with its unit', rails(labels({ 'lb.timeout': '30s' })), 'refuse lb-label labels["lb.timeout"]'],
  ['no connection at all', rails(labels({ 'lb.maxconn': '0' })), 'refuse lb-label labels["lb.maxconn"]'],
  ['the port itself, not its name', rails(labels({ 'lb.port': '3000' })), 'refuse lb-port labels["lb.port"]'],
  // Checks.
  [
    'a command',
    rails(check({ protocol: 'COMMAND', command: { value: 'curl -f localhost' } })),
    'warn lb-check healthChecks',
  ],
  ['a connection', rails(check({ protocol: 'MESOS_TCP', portIndex: 0 })), ''],
  [
    'over TLS by Mesos',
    rails(check({ protocol: 'MESOS_HTTPS', path: '/' })),
    'refuse lb-check healthChecks[0].protocol',
  ],
  [
    'two by Mesos',
    rails(check(CHECK, { ...CHECK, path: '/b' })),
    'app.json has 1 mistake:\n  healthChecks[1]   is a second check by Mesos',
  ],
  ['a path without its slash', rails(check({ ...CHECK, path: 'healthz' })), 'refuse lb-check healthChecks[0].path'],
  [
    'one for readiness',
    rails({ readinessChecks: [{ name: 'r', protocol: 'HTTP', path: '/r', portName: 'http' }] }),
    '',
  ],
  // Places and resources.
  [
    'a zone that no agent is in',
    worker({ constraints: [['zone', 'IS', 'x']] }),
    'refuse never-fits constraints',
    slaves,
  ],
  ['more tasks than all agents hold', worker({ instances: 9 }), 'refuse never-fits instances', slaves],
  ['as many as all agents hold', worker({ instances: 8 }), '', slaves],
  [
    'more than the agents of one rack hold',
    worker({ instances: 9, cpus: 0.1, mem: 1024, constraints: [['rack', 'IS', 'r1']] }),
    'refuse never-fits instances',
    slaves,
  ],
  ['GPUs that no agent has', worker({ gpus: 1 }), 'refuse never-fits gpus', slaves],
  ['more disk than any agent has', worker({ disk: 1e9 }), 'refuse never-fits disk', slaves],
  // What is replaced, and how.
  [
    'data, with a strategy that never moves',
    worker({ ...volume(DATA), upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 } }),
    'refuse deadlock upgradeStrategy',
  ],
  [
    "data, with Marathon's own strategy",
    worker({ ...volume(DATA), residency: { taskLostBehavior: 'WAIT_FOREVER' }, upgradeStrategy: undefined }),
    '',
  ],
  [
    'data without a size',
    worker(volume({ ...DATA, persistent: {} })),
    'app.json has 1 mistake:\n  container.volumes[0].persistent.size   is missing',
  ],
  [
    'shares in percent',
    rails({ upgradeStrategy: { minimumHealthCapacity: '50%', maximumOverCapacity: 0.5 } }),
    'app.json has 1 mistake:\n  upgradeStrategy.minimumHealthCapacity   must be a number, not "50%"',
  ],
  ['no time to stop', rails({ taskKillGracePeriodSeconds: 0 }), 'refuse grace taskKillGracePeriodSeconds'],
  ['agents that are never given up', worker({ unreachableStrategy: 'disabled' }), ''],
  [
    'delays that shrink',
    worker({ backoffSeconds: 0, backoffFactor: 0.5 }),
    'app.json has 1 mistake:\n  backoffFactor   must be at least 1, not 0.5',
  ],
  // The rest.
  [
    'files in both forms',
    worker({ uris: ['https://x/a.tgz'], fetch: [{ uri: 'https://x/a.tgz' }] }),
    'app.json has 1 mistake:\n  uris   cannot stand beside fetch',
  ],
  [
    'a file as text',
    worker({ fetch: ['https://x/a.tgz'] }),
    'app.json has 1 mistake:\n  fetch[0]   must be an object { … }, not "https://x/a.tgz"',
  ],
  ['an address for each task', worker({ ipAddress: { networkName: 'x', discovery: { ports: [] } } }), ''],
  [
    "an id that is a question to Marathon's API",
    worker({ id: '/web/tasks' }),
    'app.json has 1 mistake:\n  id   must not end in tasks, versions or restart',
  ],
  ['… in the middle', worker({ id: '/tasks/web' }), ''],
  ['all apps', worker({ id: '/' }), 'app.json has 1 mistake:\n  id   must name an app: "/" is the group of all apps'],
  ['a path back', worker({ id: '/shop/../web' }), 'app.json has 1 mistake:\n  id   must not contain ".."'],
  ['dots in a name', worker({ id: '/shop/web.v2' }), ''],
  ['limits above what is asked for', worker({ resourceLimits: { cpus: 'unlimited', mem: 512 } }), ''],
]).run()
