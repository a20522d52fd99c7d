import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Resource } from '../../../src/model/resource.ts'
import { block } from '../../../src/resources/edits/block.ts'
import { knownHost } from '../../../src/resources/edits/known-host.ts'
import { line } from '../../../src/resources/edits/line.ts'
import { file } from '../../../src/resources/files/file.ts'
import { hostsFile } from '../../../src/resources/files/hosts-file.ts'
import { locale } from '../../../src/resources/system/locale.ts'
import { swap } from '../../../src/resources/system/swap.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { compiled } from '../../support/decided.ts'

const test = suite('compile: edits of one file')

const LOGIN = '/etc/login.defs'
const UMASK = '^#?UMASK[[:space:]]'
const umask = (name: string, value: string, more: object = {}) =>
  line(name, { path: LOGIN, line: `UMASK ${value}`, match: UMASK, ...more })
const gone = (name: string, text: string, more: object = {}) =>
  line(name, { path: LOGIN, line: text, ensure: 'absent', ...more })
const HOSTS = '/etc/ssh/ssh_known_hosts'
const ETC = '/etc/hosts'
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
const known = (keys: readonly string[]) => knownHost('git.example.com', { path: HOSTS, keys })
const named = () => hostsFile(ETC, { entries: [{ address: '10.0.0.1', names: ['zk-1'] }] })
const FSTAB = '/etc/fstab'
const paged = () => swap('/swap', { sizeMb: 1 })
const LIST = '/etc/locale.gen'
const german = () => locale('de_DE.UTF-8', { default: true })
/** Two that decide on lines of one file: what one would take from the other (or the other from it), or nothing. */
const LINES: readonly (readonly [what: string, resources: readonly [Resource, Resource], taken: string | undefined])[] =
  [
    ['one pattern, two lines', [umask('a', '022'), umask('b', '027')], '"UMASK 027" "UMASK 022"'],
    [
      'one pattern, two lines that it does not fit',
      [line('a', { path: LOGIN, line: 'x 1', match: '^y' }), line('b', { path: LOGIN, line: 'x 2', match: '^y' })],
      '"x 2" "x 1"',
    ],
    ['one pattern, one line', [umask('a', '022'), umask('b', '022')], undefined],
    ['the same line, there and gone', [gone('a', 'UMASK 022'), umask('b', '022')], '"UMASK 022"'],
    [
      'there, and gone by a pattern',
      [gone('a', 'x', { match: '^UMASK' }), line('b', { path: LOGIN, line: 'UMASK 022' })],
      '"UMASK 022"',
    ],
    ['both gone', [gone('a', 'UMASK 022'), gone('b', 'UMASK 022')], undefined],
    [
      'lines with nothing in common',
      [umask('a', '022'), line('b', { path: LOGIN, line: 'UID_MIN 1000', match: '^UID_MIN' })],
      undefined,
    ],
    ['two files', [umask('a', '022'), line('b', { path: '/etc/other', line: 'UMASK 027', match: UMASK })], undefined],
    [
      'a line of a block is replaced',
      [umask('a', '022'), block('b', { path: LOGIN, content: 'x\nUMASK\t027\n' })],
      '"UMASK\\t027"',
    ],
    [
      'the same line in a block',
      [umask('a', '022'), block('b', { path: LOGIN, content: 'UMASK 022\n' })],
      '"UMASK 022"',
    ],
    [
      'the same line in a block, and no pattern',
      [line('a', { path: LOGIN, line: 'x' }), block('b', { path: LOGIN, content: 'x\n' })],
      undefined,
    ],
    ['a line of a block is removed', [gone('a', 'x'), block('b', { path: LOGIN, content: 'y\nx\n' })], '"x"'],
    [
      'a line of a secret block is removed',
      [gone('a', 'x'), block('b', { path: LOGIN, content: new Secret('x\n') })],
      'a line',
    ],
    ['a block that goes', [gone('a', 'x'), block('b', { path: LOGIN, ensure: 'absent' })], undefined],
    [
      'two blocks',
      [block('a', { path: LOGIN, content: 'x\n' }), block('b', { path: LOGIN, content: 'x\n' })],
      undefined,
    ],
    ['a line of a file is removed', [gone('a', 'x'), file(LOGIN, { content: 'y\nx\n' })], '"x"'],
    [
      'a line with another key of a known host',
      [known([KEY]), line('a', { path: HOSTS, line: `x,git.example.com ${KEY}` })],
      `"x,git.example.com ${KEY}"`,
    ],
    [
      'the same key of a known host',
      [known([KEY]), line('a', { path: HOSTS, line: `git.example.com ${KEY}` })],
      undefined,
    ],
    ['a line of another known host', [known([KEY]), line('a', { path: HOSTS, line: `x ${KEY}` })], undefined],
    [
      'a comment that names a known host',
      [known([KEY]), line('a', { path: HOSTS, line: '# git.example.com' })],
      undefined,
    ],
    [
      'a known host that goes',
      [
        knownHost('git.example.com', { path: HOSTS, ensure: 'absent' }),
        block('a', { path: HOSTS, content: `git.example.com ${KEY}\n` }),
      ],
      `"git.example.com ${KEY}"`,
    ],
    [
      'a known host by a pattern',
      [known([KEY]), line('a', { path: HOSTS, line: 'x', match: '^git' })],
      `"git.example.com ${KEY}"`,
    ],
    [
      'a name at another address',
      [named(), line('a', { path: ETC, line: '127.0.1.1 zk-1 zk' })],
      '"127.0.1.1 zk-1 zk"',
    ],
    ['a name at the same address', [named(), line('a', { path: ETC, line: '10.0.0.1 zk-1' })], undefined],
    ['another name', [named(), line('a', { path: ETC, line: '10.0.0.2 zk-2' })], undefined],
    ['addresses by a pattern', [named(), line('a', { path: ETC, line: 'x', match: '^10[.]' })], '"10.0.0.1\\tzk-1"'],
    [
      'names that go',
      [hostsFile(ETC, { ensure: 'absent' }), line('a', { path: ETC, line: '127.0.1.1 zk-1' })],
      undefined,
    ],
    [
      'an entry of swap',
      [paged(), line('a', { path: FSTAB, line: '/swap none swap sw,pri=9 0 0' })],
      '"/swap none swap sw,pri=9 0 0"',
    ],
    [
      'the same entry of swap',
      [paged(), line('a', { path: FSTAB, line: '/swap  none  swap  defaults 0 0' })],
      undefined,
    ],
    ['an entry of other swap', [paged(), file(FSTAB, { content: '/swap2 none swap sw,pri=9 0 0\n' })], undefined],
    ['a locale that the whole list lacks', [german(), file(LIST, { content: 'C x\n' })], '"de_DE.UTF-8 UTF-8"'],
    ['a locale that the whole list has', [german(), file(LIST, { content: 'C x\nde_DE.UTF-8 UTF-8 \n' })], undefined],
    ['another LANG', [german(), line('a', { path: '/etc/default/locale', line: 'LANG=C' })], '"LANG=C"'],
    ['the same LANG', [german(), file('/etc/default/locale', { content: 'LANG="de_DE.UTF-8"\n' })], undefined],
    ['a line that the file does not have', [gone('a', 'x'), file(LOGIN, { content: 'y\n' })], undefined],
  ]
for (const [what, both, taken] of LINES)
  for (const resources of [both, both.toReversed()])
    test(`lines of a file: ${what}${resources === both ? '' : ', in the other order'}`, () => {
      const said = (() => {
        try {
          compiled(resources)
        } catch (error) {
          return (error as Error).message
        }
        return ''
      })()
      if (taken === undefined) return assert.is(said, '')
      assert.match(
        said,
        /^recipe "one" \(\S+\.ts, line \d+\): \S+ \S+ and \S+ \S+ of recipe "one" \(\S+\.ts, line \d+\) contradict each other/,
      )
      const [, kept = ''] = /keeps (.+), which the first replaces or removes\. Keep one of them$/.exec(said) ?? []
      assert.ok(kept !== '' && taken.includes(kept), said)
    })

test.run()
