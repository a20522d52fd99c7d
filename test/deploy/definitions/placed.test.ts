import { agent, BRIDGE, CHECK, check, definitions, MAPPING, ports, rails, worker } from './definition.ts'

definitions('images, places, and forms of before', 32, [
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
    worker({ ...ports({ containerPort: 80, hostPort: 80 }), networks: BRIDGE }),
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
]).run()
