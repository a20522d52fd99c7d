import { suite } from 'uvu'
import { Secret } from '../../src/shell/secret.ts'
import { anyWords, type Mistake, refuses } from './mistakes.ts'

const test = suite('mistakes in properties')
const {
  aptPin,
  aptRepository,
  command,
  cron,
  directory,
  dockerImage,
  file,
  group,
  mount,
  pkg,
  service,
  sysctl,
  systemdUnit,
  timer,
  user,
} = anyWords
const SUM = 'a'.repeat(64)

const table: readonly Mistake[] = [
  [service, '-x', {}, 'service "-x": is not the name of a unit'],
  [service, 'x'.repeat(248), {}, `service "${'x'.repeat(248)}": is not the name of a unit`],
  [
    systemdUnit,
    '-x.service',
    {},
    'unit "-x.service": write it like "haproxy.service" or "haproxy.service.d/limits.conf"',
  ],
  [timer, '-x', {}, 'timer "-x": write a plain name like "purge"'],
  [
    mount,
    '/x',
    { device: '--help' },
    'mount "/x": device must be a device; what begins with a dash is an option to mount, not "--help"',
  ],
  ...(
    [
      [systemdUnit, 'unit', `${'x'.repeat(240)}.service`, { content: '[Unit]\n' }],
      [timer, 'timer', 'x'.repeat(240), { onCalendar: 'daily', command: ['/x'] }],
      [mount, 'mount', `/${'a-'.repeat(60)}`, { device: 'tmpfs', type: 'tmpfs' }],
      [cron, 'cron', 'x'.repeat(245), { schedule: '@daily', command: 'true' }],
      [aptPin, 'aptPin', 'x'.repeat(245), { packages: ['a'], pin: 'version 1', priority: 1 }],
      [sysctl, 'sysctl', `net.${'x'.repeat(240)}`, { value: 1 }],
    ] as const
  ).map(
    ([word, type, name, properties]) =>
      [word, name, properties, `${type} "${name}": the name is too long: a file is named after it`] as const,
  ),
  [
    file,
    '/x',
    { content: 'a\ud800' },
    'file "/x": content is not well-formed text: it contains half of a surrogate pair',
  ],
  [pkg, 'tree', new Map([['held', true]]), 'package "tree": its properties must be an object { … }, not a Map'],
  [pkg, 'tree', { held: 'yes' }, 'package "tree": held must be true or false, not "yes"'],
  [pkg, 'tree', { version: 2 }, 'package "tree": version must be text, not 2'],
  [pkg, 'tree', { version: '1', deb: 'tree.deb' }, 'package "tree": deb must be an object { … }, not "tree.deb"'],
  [pkg, 'tree', { version: '1', deb: { sha256: SUM } }, 'package "tree": deb.source is missing'],
  [pkg, 'tree', { ensure: 'latest' }, 'package "tree": ensure must be "present" or "absent", not "latest"'],
  [pkg, 'tree', null, 'package "tree": its properties are missing; write {} if there are none'],
  [
    aptRepository,
    'r',
    { uris: 'http://x', suites: 'a', components: 'main', key: 'ABCD' },
    'aptRepository "r": key must be { content }, { file }, { url, sha256 } or { keyring }, not "ABCD"',
  ],
  [
    aptRepository,
    'r',
    { uris: 'http://x', suites: 'a', components: 'main', key: { fil: 'a.asc' } },
    'aptRepository "r": key.fil is not a known property; did you mean "file"?',
  ],
  [
    aptRepository,
    'r',
    { uris: 'http://x', suites: 'a', components: 'main', key: {} },
    'aptRepository "r": key must be one of { content }, { file }, { url, sha256 } and { keyring }',
  ],
  [aptRepository, 'r', { uris: 1 }, 'aptRepository "r": uris must be text or a list of texts, not 1'],
  [
    dockerImage,
    'web:1',
    { id: 'abc' },
    'image "web:1": id must be a digest: "sha256:" and 64 hexadecimal digits, not "abc"',
  ],
  [command, 'c', { run: 'ls -l', creates: '/x' }, 'command "c": run must be a list of words, or sh`…`, not "ls -l"'],
  [command, 'c', { run: [], creates: '/x' }, 'command "c": run must not be empty'],
  [command, 'c', { run: ['sleep', 5], creates: '/x' }, 'command "c": run[1] must be text, not 5'],
  [command, 'c', { run: ['ls'], creates: ['/x'] }, 'command "c": creates must be text, not a list'],
  [command, 'c', { run: ['ls'], creates: '/x', timeout: '5' }, 'command "c": timeout must be a number, not "5"'],
  [command, 'c', { run: ['ls'], creates: '/x', timeout: 0 }, 'command "c": timeout must be more than 0, not 0'],
  [
    command,
    'c',
    { run: ['ls'], unles: ['true'] },
    'command "c": unles is not a known property; did you mean "unless"?',
  ],
  [command, 'c', { creates: '/x' }, 'command "c": run is missing'],
  [
    command,
    'c',
    { run: 'a "b" '.repeat(90), creates: '/x' },
    `command "c": run must be a list of words, or sh\`…\`, not "${'a \\"b\\" '.repeat(4)}a \\"b\\…`,
  ],
  [sysctl, 'net.a', { value: Number.POSITIVE_INFINITY }, 'sysctl "net.a": value is Infinity'],
  [command, 'c', { run: ['ls'], creates: '/x', timeout: Number.POSITIVE_INFINITY }, 'command "c": timeout is Infinity'],
  [
    cron,
    'c',
    { schedule: '@daily', command: 'true', environment: new Map() },
    'cron "c": environment must be an object { … }, not a Map',
  ],
  [
    user,
    'joe',
    { shell: '/bin/../zsh' },
    'user "joe": shell "/bin/../zsh": write the path without "..", "." and doubled or final slashes',
  ],
  [
    command,
    'c',
    { run: ['ls'], creates: '/a/' },
    'command "c": creates "/a/": write the path without "..", "." and doubled or final slashes',
  ],
  [command, 'c', { run: ['ls', 'a\0b'], creates: '/x' }, 'command "c": run[1] contains a NUL byte'],
  [command, 'c', { run: ['ls'], creates: '/x', stdin: 'a\0' }, 'command "c": stdin contains a NUL byte'],
  [command, 'c', { run: ['ls'], creates: '/x', stdin: new Secret('a\0') }, 'command "c": stdin contains a NUL byte'],
  [
    command,
    'c',
    { run: ['ls'], creates: '/x', cwd: '/a\nb' },
    'command "c": cwd must be a path without control characters, not "/a\\nb"',
  ],
  [
    command,
    'c',
    { run: ['ls'], creates: '/x', user: 'a\nb' },
    'command "c": user must be the name of a user, not "a\\nb"',
  ],
  [
    aptRepository,
    'r',
    { uris: 'http://x', suites: 'a', components: 'main', key: { keyring: '/k\nb' } },
    'aptRepository "r": key.keyring must be a path without control characters, not "/k\\nb"',
  ],
  [
    user,
    'u',
    { comment: 'a\rb' },
    'user "u": comment must be a text without colon, comma, tab and line break, not "a\\rb"',
  ],
  [user, 'root', { ensure: 'absent' }, 'user "root": root cannot be removed'],
  [group, 'root', { ensure: 'absent' }, 'group "root": the group of root cannot be removed'],
  [user, 'a\rb', {}, 'user "a\\rb": a name cannot be empty or hold a tab, a line break or a NUL'],
]
for (const row of table) test(row[3], () => refuses(row))

test('what is not given may be said to be undefined', () => {
  file?.('/x', {
    content: 'a',
    mode: undefined,
    validate: undefined,
    existing: undefined,
    refusal: undefined,
    secret: undefined,
  })
  directory?.('/w', { only: undefined })
  pkg?.('tree', { version: undefined, held: undefined, deb: undefined })
  command?.('c', {
    run: ['ls'],
    creates: '/x',
    unless: undefined,
    stdin: undefined,
    timeout: undefined,
    user: undefined,
    cwd: undefined,
  })
  file?.('/s', { content: new Secret('x'), ensure: undefined })
})

test.run()
