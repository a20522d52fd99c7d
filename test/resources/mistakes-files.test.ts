import { suite } from 'uvu'
import { Secret } from '../../src/shell/secret.ts'
import { anyWords, type Mistake, refuses } from './mistakes.ts'

const test = suite('mistakes in properties of files')
const { archive, block, command, cron, directory, file, git, hostsFile, line, link, mount, tree, user } = anyWords
const SUM = 'a'.repeat(64)

const table: readonly Mistake[] = [
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
    'file "/x": content must be text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }, not a list',
  ],
  [
    file,
    '/x',
    { content: { file: 5 } },
    'file "/x": content must be text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }, not an object',
  ],
  [
    file,
    '/x',
    { content: {} },
    'file "/x": content must be text, bytes (a Uint8Array), a Secret, { file } or { url, sha256 }, not an object',
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
  [file, '/x', { content: '', refusal: new Date(0) }, 'file "/x": refusal must be an object { … }, not a Date'],
  [file, '/x', { content: '', owner: 1n }, 'file "/x": owner must be text, not a bigint'],
  [file, '/x', { content: '', owner: Symbol('x') }, 'file "/x": owner must be text, not a symbol'],
  [
    file,
    '/x',
    { content: '', mode: 'a\nb' },
    'file "/x": mode must be octal digits in quotes, like "0644", not "a\\nb"',
  ],
  [file, undefined as never, { content: '' }, 'file: its name must be text, not nothing'],
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
  [link, '/l', { to: 'a\0b' }, 'link "/l": to contains a NUL byte'],
  [link, '/l', { to: '/l' }, 'link "/l": it would point to itself'],
  [link, '/l', { to: `/${'a'.repeat(4095)}` }, 'link "/l": to is longer than a path can be (4095 bytes)'],
  [file, `/${'a'.repeat(9000)}`, {}, `file "/${'a'.repeat(59)}…": the name is too long`],
  [file, `/${'abcd/'.repeat(900)}e`, {}, `file "/${'abcd/'.repeat(11)}abcd…": the path is too long`],
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
  [
    archive,
    '/opt/x',
    { source: 'http://x/a.tgz', sha256: SUM, link: '/a/../b' },
    'archive "/opt/x": link "/a/../b": write the path without "..", "." and doubled or final slashes',
  ],
  [tree, '/t', { from: 'a\0b' }, 'tree "/t": there is no directory "a\\u0000b" on this machine'],
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
]
for (const row of table) test(row[3], () => refuses(row))

test.run()
