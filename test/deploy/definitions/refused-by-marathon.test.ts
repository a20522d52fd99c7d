// Values of the right types that the real Marathon 1.11.26 refuses, answers with an error 500, or drops. Each was sent
// to it.
import { ADMIN, BRIDGE, CHECK, check, definitions, docker, MAPPING, ports, rails, worker } from './definition.ts'

const image = { docker: { image: 'web:1' } }
const old = (more: object) => ({ networks: undefined, container: { docker: { image: 'web:1', ...more } } })
/** A file with one mistake, at this place. */
const at = (path: string, begins = ''): string => `app.json has 1 mistake:\n  ${path}   ${begins}`
const constraint = (...words: string[]) => worker({ constraints: [words] })
const kept = (volume: object, more: object = {}) =>
  worker({
    container: { type: 'MESOS', volumes: [{ containerPath: 'data', mode: 'RW', persistent: { size: 10 }, ...volume }] },
    upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 },
    ...more,
  })
const mounted = (volume: object) => worker({ cmd: undefined, container: { ...image, volumes: [volume] } })
const ready = (...readinessChecks: object[]) => rails({ readinessChecks })
const command = { value: 'true' }

definitions('that Marathon refuses: networks and ports', 24, [
  ['mappings on the host, which are dropped', rails({ networks: [{ mode: 'host' }] }), at('container.portMappings')],
  ['mappings without a network, which are dropped', rails({ networks: undefined }), at('container.portMappings')],
  ['… with an empty list of them', rails({ networks: [] }), at('container.portMappings')],
  ['… in the old form', rails(old({ network: 'HOST', portMappings: [MAPPING] })), at('container.docker.portMappings')],
  [
    'plain ports in a bridge, which are dropped',
    worker({ networks: BRIDGE, container: image, cmd: undefined, portDefinitions: [{ port: 0 }] }),
    at('portDefinitions'),
  ],
  ['HOST of before 1.5 with a check of a plain port', rails({ ...old({ network: 'HOST' }), ports: [0, 0] }), ''],
  ['an index that is not there', rails(check({ ...CHECK, portIndex: 1 })), at('healthChecks[0].portIndex', 'is 1')],
  ['… of a command', rails(check({ protocol: 'COMMAND', command, portIndex: 4 })), 'warn lb-check healthChecks'],
  ['… where there are no ports', worker({ portDefinitions: [], ...check(CHECK) }), at('healthChecks[0].portIndex')],
  [
    'two notations of a network',
    rails({ container: { ...docker(), ...image, docker: { image: 'w:1', network: 'BRIDGE' } } }),
    at('container.docker.network'),
  ],
  [
    'two notations of mappings',
    rails({ container: { docker: { image: 'w:1', portMappings: [MAPPING] }, portMappings: [MAPPING] } }),
    at('container.docker.portMappings'),
  ],
  ['NONE', worker({ cmd: undefined, ...old({ network: 'NONE' }) }), at('container.docker.network', 'cannot be "NONE"')],
  ['an address beside networks', rails({ ipAddress: {} }), at('ipAddress')],
  ['an address beside ports', worker({ ipAddress: { networkName: 'x' }, ports: [0] }), at('ports')],
  ['two lists of ports', worker({ ports: [0, 0], portDefinitions: [{ port: 0 }] }), at('ports')],
  ['… of the same ports, as exports have them', worker({ ports: [0], portDefinitions: [{ port: 0 }] }), ''],
  ['a port twice', worker({ ports: [10_000, 10_000] }), at('ports[1]')],
  [
    'a defined port twice',
    worker({
      portDefinitions: [
        { port: 9000, protocol: 'tcp' },
        { port: 9000, protocol: 'udp' },
      ],
    }),
    at('portDefinitions[1].port'),
  ],
  ['any port twice', worker({ ports: [0, 0] }), ''],
  ['a name twice', rails(ports(MAPPING, { ...ADMIN, name: 'http' })), at('container.portMappings[1].name')],
  [
    'a defined name twice',
    worker({
      portDefinitions: [
        { port: 0, name: 'a' },
        { port: 0, name: 'a' },
      ],
    }),
    at('portDefinitions[1].name'),
  ],
  ['a bridge with a name', rails({ networks: [{ mode: 'container/bridge', name: 'x' }] }), at('networks[0].name')],
  ['a bridge and the host', worker({ networks: [{ mode: 'host' }, { mode: 'container/bridge' }] }), at('networks')],
  ['two networks of Mesos', worker({ networks: [{ name: 'a' }, { name: 'b' }], container: { type: 'MESOS' } }), ''],
  ['two networks of Docker', worker({ networks: [{ name: 'a' }, { name: 'b' }], container: image }), at('networks')],
]).run()

definitions('that Marathon refuses: constraints and checks', 32, [
  ['an operator in small letters', constraint('hostname', 'unique'), at('constraints[0][1]', 'must be in capitals')],
  ['an operator that there is not', constraint('hostname', 'UNIQ'), at('constraints[0][1]', 'must be UNIQUE, CLUSTER')],
  ['UNIQUE with a value', constraint('hostname', 'UNIQUE', '1'), at('constraints[0][2]')],
  ['LIKE without a value', constraint('rack', 'LIKE'), at('constraints[0][1]', 'needs a regular expression')],
  ['LIKE with half an expression', constraint('rack', 'LIKE', 'r('), at('constraints[0][2]', 'is no regular')],
  ['UNLIKE with half an expression', constraint('rack', 'UNLIKE', '*'), at('constraints[0][2]', 'is no regular')],
  ["LIKE with Java's own words", constraint('rack', 'LIKE', '(?i)r\\Q(\\E++'), ''],
  ['MAX_PER without a number', constraint('hostname', 'MAX_PER'), at('constraints[0][1]', 'needs a whole number')],
  ['MAX_PER with a word', constraint('hostname', 'MAX_PER', 'two'), at('constraints[0][2]')],
  ['MAX_PER 0, which it takes, and starts nothing', constraint('hostname', 'MAX_PER', '0'), at('constraints[0][2]')],
  ['MAX_PER with a sign', constraint('hostname', 'MAX_PER', '+2'), ''],
  ['IS with a blank', constraint('rack', 'IS', 'a b'), at('constraints[0][2]')],
  ['IS with a number', constraint('rack', 'IS', '-1.5'), ''],
  ['no attribute', constraint('', 'LIKE', 'x'), at('constraints[0][0]')],
  ['COMMAND without a command', worker(check({ protocol: 'COMMAND' })), at('healthChecks[0].command', 'is missing')],
  ['COMMAND with a path', worker(check({ protocol: 'COMMAND', command, path: '/' })), at('healthChecks[0].path')],
  ['COMMAND with a port', worker(check({ protocol: 'COMMAND', command, port: 80 })), at('healthChecks[0].port')],
  ['a command over HTTP', worker(check({ ...CHECK, command })), at('healthChecks[0].command')],
  ['a command over TCP', worker(check({ protocol: 'TCP', command })), at('healthChecks[0].command')],
  ['IPv6 of Marathon', worker(check({ protocol: 'HTTP', ipProtocol: 'IPv6' })), at('healthChecks[0].ipProtocol')],
  [
    'IPv6 of a command',
    worker(check({ protocol: 'COMMAND', command, ipProtocol: 'IPv6' })),
    at('healthChecks[0].ipProtocol'),
  ],
  ['two checks of Mesos', rails(check(CHECK, { protocol: 'MESOS_TCP' })), at('healthChecks[1]', 'is a second check')],
  ['the same one twice', rails(check(CHECK, CHECK)), ''],
  ['one of Mesos and a command', rails(check(CHECK, { protocol: 'COMMAND', command })), ''],
  ['no general check', worker({ check: {} }), at('check', 'must have one of')],
  ['two general checks', worker({ check: { tcp: { port: 3 }, exec: { command: { shell: 'x' } } } }), at('check')],
  [
    'readiness at no port',
    ready({ path: '/r' }),
    at('readinessChecks[0].portName', 'is missing, which means "http-api"'),
  ],
  [
    'readiness at another port',
    ready({ portName: 'admin' }),
    at('readinessChecks[0].portName', 'is "admin", but its ports are http'),
  ],
  ['two of readiness', ready({ portName: 'http' }, { portName: 'http', name: 'b' }), at('readinessChecks[1]')],
  [
    'readiness without a pause',
    ready({ portName: 'http', intervalSeconds: 5 }),
    at('readinessChecks[0].intervalSeconds'),
  ],
  [
    '… by both times',
    ready({ portName: 'http', intervalSeconds: 5, timeoutSeconds: 5 }),
    at('readinessChecks[0].timeoutSeconds'),
  ],
  ['readiness in time', ready({ portName: 'http', intervalSeconds: 5, timeoutSeconds: 4 }), ''],
]).run()

definitions('that Marathon refuses: containers and programs', 30, [
  ['Docker without an image', worker({ container: { type: 'DOCKER' } }), at('container.docker', 'is missing')],
  [
    'a login',
    worker({ cmd: undefined, container: { docker: { image: 'w:1', credential: { principal: 'x' } } } }),
    at('container.docker.credential'),
  ],
  [
    'a login from the store',
    worker({ cmd: undefined, container: { docker: { image: 'w:1', pullConfig: { secret: 'x' } } } }),
    at('container.docker.pullConfig'),
  ],
  [
    'options of Docker without Docker',
    worker({ container: { type: 'MESOS', docker: { image: 'w:1', parameters: [{ key: 'init', value: 'true' }] } } }),
    at('container.docker.parameters'),
  ],
  [
    'what Docker does not read',
    worker({ cmd: undefined, container: { ...image, linuxInfo: {} } }),
    at('container.linuxInfo'),
  ],
  ['GPUs with Docker', worker({ cmd: undefined, container: image, gpus: 1 }), at('gpus')],
  ['a volume of nothing', mounted({ containerPath: '/d', mode: 'RW' }), at('container.volumes[0]', 'says not what')],
  ['a volume without its mode', mounted({ containerPath: '/d', hostPath: '/x' }), at('container.volumes[0].mode')],
  [
    'a volume of two things',
    mounted({ containerPath: '/d', mode: 'RW', hostPath: '/x', secret: 's' }),
    at('container.volumes[0].secret'),
  ],
  ['a volume that is kept', kept({}), ''],
  ['… at a path', kept({ containerPath: '/data' }), at('container.volumes[0].containerPath')],
  ['… to be read only', kept({ mode: 'RO' }), at('container.volumes[0].mode')],
  ['… of no size', kept({ persistent: { size: 0 } }), at('container.volumes[0].persistent.size')],
  [
    '… with one task more',
    kept({}, { upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 } }),
    at('upgradeStrategy.maximumOverCapacity'),
  ],
  ['… that is replaced', kept({}, { unreachableStrategy: { inactiveAfterSeconds: 0 } }), at('unreachableStrategy')],
  ['residency with one task more', worker({ residency: {} }), at('upgradeStrategy.maximumOverCapacity')],
  ['a blank command', worker({ cmd: ' ' }), at('cmd', 'is empty')],
  ['no words', worker({ cmd: undefined, args: [] }), at('args', 'is empty')],
  ['no words for an image', worker({ cmd: undefined, args: [], container: image }), ''],
  ['nothing, with a mistake', { id: '/a', comand: 'x' }, at('comand', 'is not a known key')],
  ['a file with a blank', worker({ fetch: [{ uri: 'https://x/a b' }] }), at('fetch[0].uri')],
  ['no roles', worker({ acceptedResourceRoles: [] }), at('acceptedResourceRoles')],
  [
    'a task that is forgotten before it is replaced',
    worker({ unreachableStrategy: { inactiveAfterSeconds: 60 } }),
    at('unreachableStrategy.expungeAfterSeconds'),
  ],
  ['… just when', worker({ unreachableStrategy: { inactiveAfterSeconds: 60, expungeAfterSeconds: 60 } }), ''],
  ['a secret that nobody declares', worker({ env: { A: { secret: 'a' } } }), at('env.A.secret')],
  ['… that is declared', worker({ env: { A: { secret: 'a' } }, secrets: { a: { source: '/a' } } }), ''],
  ['a limit below', worker({ cpus: 2, resourceLimits: { cpus: 1 } }), at('resourceLimits.cpus')],
  ['a limit below the default', worker({ resourceLimits: { mem: 64 } }), at('resourceLimits.mem')],
  [
    'an app that waits for itself',
    worker({ id: '/x/a', dependencies: ['../a'] }),
    at('dependencies[0]', 'is the app itself'),
  ],
  ['… for its group', worker({ id: '/x/a', dependencies: ['/x'] }), at('dependencies[0]', 'is the group')],
  ['… for all', worker({ dependencies: ['/'] }), at('dependencies[0]', 'is the group')],
]).run()
