import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as words from '../../src/index.ts'
import { Secret } from '../../src/shell/secret.ts'

const test = suite('mistakes in properties')

type AnyWord = (name: unknown, props: unknown) => unknown
const { file, directory, link, hostsFile, pkg, aptRepository, archive, dockerImage, command, user } =
  words as unknown as Record<string, AnyWord>
const { service, systemdUnit, timer, mount, cron, aptPin, sysctl, line, block, git, group, tree } =
  words as unknown as Record<string, AnyWord>

const SUM = 'a'.repeat(64)
/** What a recipe wrote, and the sentence it gets. */
const table: readonly (readonly [AnyWord | undefined, string, unknown, string])[] = [
  [
    file,
    '/x',
    { ensure: 'abscent' },
    'file "/x": ensure must be "present" or "absent", not "abscent"; did you mean "absent"?',
  ],
  [
    file,
    '/x',
    { content: null },
    'file "/x": content must be text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }, not null',
  ],
  [
    file,
    '/x',
    { content: 42 },
    'file "/x": content must be text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }, not 42',
  ],
  [
    file,
    '/x',
    { content: ['a'] },
    'file "/x": content must be text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }, not Array',
  ],
  [
    file,
    '/x',
    { content: { file: 5 } },
    'file "/x": content must be text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }, not Object',
  ],
  [
    file,
    '/x',
    { content: {} },
    'file "/x": content must be text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }, not Object',
  ],
  [file, '/', { content: '' }, 'file "/": that is the root directory; name a path below it'],
  [
    file,
    '/proc/sys/vm/swappiness',
    { content: '10' },
    'file "/proc/sys/vm/swappiness": that is the kernel\'s, and holds no files; use sysctl(…), or a unit that sets it',
  ],
  [
    line,
    'x',
    { path: '/sys/kernel/x', line: 'y' },
    'line "x": "/sys/kernel/x": that is the kernel\'s, and holds no files; use sysctl(…), or a unit that sets it',
  ],
  [link, '/', { to: '/x' }, 'link "/": that is the root directory; name a path below it'],
  [hostsFile, '/', { entries: [] }, 'hosts "/": that is the root directory; name a path below it'],
  [line, 'x', { path: '/', line: 'y' }, 'line "x": "/": that is the root directory; name a path below it'],
  [block, 'x', { path: '/', content: 'y' }, 'block "x": "/": that is the root directory; name a path below it'],
  [
    git,
    '/',
    { repository: 'http://x/y.git', revision: 'main' },
    'git "/": that is the root directory; name a path below it',
  ],
  [
    archive,
    '/',
    { source: 'http://x/a.tgz', sha256: SUM },
    'archive "/": that is the root directory; name a path below it',
  ],
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
  [file, '/x', { content: '', mode: 0o644 }, 'file "/x": mode must be octal digits in quotes, like "0644", not 420'],
  [
    file,
    '/x',
    { content: '', mode: '0888' },
    'file "/x": mode must be octal digits in quotes, like "0644", not "0888"',
  ],
  [file, '/x', { content: '', owner: 0 }, 'file "/x": owner must be text, not 0'],
  [file, '/x', { content: '', secret: 'yes' }, 'file "/x": secret must be true or false, not "yes"'],
  [file, '/x', { content: '', validate: 'visudo -c' }, 'file "/x": validate must be a list [ … ], not "visudo -c"'],
  [file, '/x', { content: '', validate: [] }, 'file "/x": validate must not be empty'],
  [
    file,
    '/x',
    { content: '', existing: 'keeps' },
    'file "/x": existing must be "keep" or "refuse", not "keeps"; did you mean "keep"?',
  ],
  [
    file,
    '/x',
    { content: '', refusal: { reson: 'a' } },
    'file "/x": refusal.reson is not a known property; did you mean "reason"?',
  ],
  [file, '/x', ['a'], 'file "/x": its properties must be an object { … }, not a list'],
  [file, '/x', 'a', 'file "/x": its properties are missing; write {} if there are none'],
  [
    directory,
    '/w',
    Promise.resolve({}),
    'directory "/w": its properties must be an object { … }, not a Promise; await it',
  ],
  [pkg, 'tree', new Map([['held', true]]), 'package "tree": its properties must be an object { … }, not a Map'],
  [file, '/x', { content: '', refusal: new Date(0) }, 'file "/x": refusal must be an object { … }, not a Date'],
  [file, '/x', { content: '', owner: 1n }, 'file "/x": owner must be text, not a bigint'],
  [file, '/x', { content: '', owner: Symbol('x') }, 'file "/x": owner must be text, not a symbol'],
  [
    file,
    '/x',
    { content: '', mode: 'a\nb' },
    'file "/x": mode must be octal digits in quotes, like "0644", not "a\\nb"',
  ],
  [file, undefined as never, { content: '' }, 'file undefined: its name must be text'],
  [directory, '/w', { only: 'app.conf' }, 'directory "/w": only must be a list [ … ], not "app.conf"'],
  [directory, '/w', { only: [1] }, 'directory "/w": only[0] must be text, not 1'],
  [directory, '/w', { mode: 755 }, 'directory "/w": mode must be octal digits in quotes, like "0644", not 755'],
  [link, '/l', { to: 1 }, 'link "/l": to must be text, not 1'],
  [hostsFile, '/etc/hosts', { entries: {} }, 'hosts "/etc/hosts": entries must be a list [ … ], not an object'],
  [
    hostsFile,
    '/etc/hosts',
    { entries: [{ address: '10.0.0.300', names: ['a'] }] },
    'hosts "/etc/hosts": entries[0].address must be an IP address, not "10.0.0.300"',
  ],
  [
    hostsFile,
    '/etc/hosts',
    { entries: [{ address: '10.0.0.3', names: 'a' }] },
    'hosts "/etc/hosts": entries[0].names must be a list [ … ], not "a"',
  ],
  [
    hostsFile,
    '/etc/hosts',
    { entries: [{ address: '10.0.0.3', names: [] }] },
    'hosts "/etc/hosts": entries[0].names must not be empty',
  ],
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
    archive,
    '/opt/x',
    { source: { path: 'a' }, sha256: SUM },
    'archive "/opt/x": source.path is not a known property; known are file; source.file is missing',
  ],
  [archive, '/opt/x', { source: 7, sha256: SUM }, 'archive "/opt/x": source must be a URL or { file }, not 7'],
  [
    archive,
    '/opt/x',
    { source: 'http://x/a.tgz', sha256: SUM, strip: '1' },
    'archive "/opt/x": strip must be a number, not "1"',
  ],
  [
    archive,
    '/opt/x',
    { source: 'http://x/a.tgz', sha256: SUM, strip: 1.5 },
    'archive "/opt/x": strip must be a whole number, not 1.5',
  ],
  [
    archive,
    '/opt/x',
    { source: 'http://x/a.tgz', sha256: SUM, link: 'opt' },
    'archive "/opt/x": link must be an absolute path, not "opt"',
  ],
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
  [link, '/l', { to: 'a\0b' }, 'link "/l": to contains a NUL byte'],
  [link, '/l', { to: '/l' }, 'link "/l": it would point to itself'],
  [link, '/l', { to: `/${'a'.repeat(4095)}` }, 'link "/l": to is longer than a path can be (4095 bytes)'],
  [file, `/${'a'.repeat(9000)}`, {}, `file "/${'a'.repeat(59)}…": the name is too long`],
  [file, `/${'abcd/'.repeat(900)}e`, {}, `file "/${'abcd/'.repeat(11)}abcd…": the path is too long`],
  [
    command,
    'c',
    { run: 'a "b" '.repeat(90), creates: '/x' },
    `command "c": run must be a list of words, or sh\`…\`, not "${'a "b" '.repeat(10)}…"`,
  ],
  ...(
    [
      [link, 'link', '/l', { to: 'a\ud800' }, 'to'],
      [line, 'line', 'l', { path: '/f', line: 'a\ud800' }, 'line'],
      [block, 'block', 'b', { path: '/f', content: 'a\ud800' }, 'content'],
      [user, 'user', 'joe', { comment: 'a\ud800' }, 'comment'],
      [mount, 'mount', '/m', { device: '\udc00', type: 'tmpfs' }, 'device'],
      [command, 'command', 'c', { run: ['ls'], creates: '/x', stdin: new Secret('\ud800') }, 'stdin'],
      [cron, 'cron', 'c', { schedule: '@daily', command: 'a\ud800' }, 'command'],
    ] as const
  ).map(
    ([word, type, name, properties, property]) =>
      [word, name, properties, `${type} "${name}": ${property} contains half of a surrogate pair`] as const,
  ),
  [line, 'a\ud800', { path: '/f', line: 'a' }, 'line "a\\ud800": a name cannot hold half of a surrogate pair'],
  [block, 'b', { path: '/f', content: 'a\0b' }, 'block "b": content contains a NUL byte'],
  [sysctl, 'net.a', { value: Number.POSITIVE_INFINITY }, 'sysctl "net.a": value is Infinity'],
  [command, 'c', { run: ['ls'], creates: '/x', timeout: Number.POSITIVE_INFINITY }, 'command "c": timeout is Infinity'],
  [
    cron,
    'c',
    { schedule: '@daily', command: 'true', environment: new Map() },
    'cron "c": environment must be an object { … }, not a Map',
  ],
  [
    archive,
    '/opt/x',
    { source: 'http://x/a.tgz', sha256: SUM, link: '/a/../b' },
    'archive "/opt/x": link "/a/../b": write the path without "..", "." and doubled or final slashes',
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
  [tree, '/t', { from: 'a\0b' }, 'tree "/t": there is no directory "a\\u0000b" on this machine'],
  [command, 'c', { run: ['ls', 'a\0b'], creates: '/x' }, 'command "c": run[1] contains a NUL byte'],
  [command, 'c', { run: ['ls'], creates: '/x', stdin: 'a\0' }, 'command "c": stdin contains a NUL byte'],
  [command, 'c', { run: ['ls'], creates: '/x', stdin: new Secret('a\0') }, 'command "c": stdin contains a NUL byte'],
  [file, '/x', { content: '', validate: ['x', '\0'] }, 'file "/x": validate[1] contains a NUL byte'],
  [archive, '/opt/x', { source: { file: 'a\0b' }, sha256: SUM }, 'archive "/opt/x": source.file contains a NUL byte'],
  [
    archive,
    '/opt/x',
    { source: 'http://x/a\n.tgz', sha256: SUM },
    'archive "/opt/x": "http://x/a\\n.tgz" is not an http or https URL',
  ],
  [
    archive,
    '/opt/x',
    { source: { file: 'none\nsuch' }, sha256: SUM },
    'archive "/opt/x": there is no file "none\\nsuch" on this machine',
  ],
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
for (const [word, name, props, sentence] of table) {
  test(sentence, () => {
    assert.type(word, 'function')
    assert.throws(
      () => (word as AnyWord)(name, props),
      (error: unknown) => {
        assert.instance(error, TypeError)
        assert.is((error as Error).message, sentence)
        return true
      },
    )
  })
}

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
