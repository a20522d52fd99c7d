import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { compile, RecipeError } from '../../../src/engine/observe/compile.ts'
import { makeCluster } from '../../../src/inventory/make-cluster.ts'
import { defineResource } from '../../../src/model/define-resource.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { archive } from '../../../src/resources/archives/archive.ts'
import { block } from '../../../src/resources/edits/block.ts'
import { line } from '../../../src/resources/edits/line.ts'
import { directory } from '../../../src/resources/files/directory.ts'
import { file } from '../../../src/resources/files/file.ts'
import { hostsFile } from '../../../src/resources/files/hosts-file.ts'
import { link } from '../../../src/resources/files/link.ts'
import { sysctl } from '../../../src/resources/sysctl.ts'
import { hostname } from '../../../src/resources/system/hostname.ts'
import { systemdUnit } from '../../../src/resources/systemd/systemd-unit.ts'
import { timer } from '../../../src/resources/systemd/timer.ts'
import { empty } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { compiled, someFacts } from '../../support/decided.ts'
import { clusterOf, daemon, host, note, recipe, role } from '../../support/toys.ts'

const test = suite('compile')

/** A type whose mentions can be united. */
const list = defineResource<
  v.GenericSchema<{ kind: string; on: readonly Resource[] }, { kind: string; on: readonly Resource[] }>,
  { kind: string; on: readonly Resource[] },
  never
>({
  name: 'list',
  properties: v.custom<{ kind: string; on: readonly Resource[] }>(() => true),
  observe: () => empty,
  parse: () => 'absent',
  diff: () => [],
  apply: () => empty,
  inputs: ({ on }) => on.map((resource) => ({ kind: 'restart', resource })),
  unite: (a, b) => (a.kind === b.kind ? { ...a, on: [...a.on, ...b.on] } : 'conflict'),
})
const x = note('x', { text: '1' })
const y = note('y', { text: '1' })
const ids = (resources: readonly Resource[]) => resources.map((r) => r.id)

test('the order is the list’s; the same thing twice is once', () => {
  assert.equal(ids(compiled([x, y, note('x', { text: '1' })]).resources), ['note x', 'note y'])
})

test('united mentions stand where they are mentioned last', () => {
  const { resources } = compiled([x, list('l', { kind: 'k', on: [x] }), y, list('l', { kind: 'k', on: [y] })])
  assert.equal(ids(resources), ['note x', 'note y', 'list l'])
  assert.equal(
    (resources[2] as unknown as { props: { on: Resource[] } }).props.on.map((r) => r.id),
    ['note x', 'note y'],
  )
})

const mistakes: readonly (readonly [string, readonly Resource[], string])[] = [
  ['another text', [x, note('x', { text: '2' })], 'note x is defined differently by recipe "one" twice'],
  [
    'another secret',
    [note('x', { text: new Secret('a') }), note('x', { text: new Secret('b') })],
    'note x is defined differently by recipe "one" twice',
  ],
  [
    'cannot be united',
    [list('l', { kind: 'k', on: [] }), list('l', { kind: 'j', on: [] })],
    'list l is defined differently by recipe "one" twice',
  ],
  [
    'a file and a directory of one path',
    [file('/x', { content: '' }), directory('/x', {})],
    'recipe "one" (FILE, line N): file /x and directory /x both decide on /x (a file, a directory): keep one of them',
  ],
  [
    'a link that another type makes, too',
    [
      archive('/opt/a', { source: 'https://example.test/a.tar', sha256: '0'.repeat(64), link: '/opt/b' }),
      link('/opt/b', { to: '/c' }),
    ],
    'recipe "one" (FILE, line N): archive /opt/a and link /opt/b both decide on /opt/b (a link, a link): keep one of them',
  ],
  [
    'a unit that is written as a file, too',
    [systemdUnit('a.service', { content: '[Service]' }), file('/etc/systemd/system/a.service', { ensure: 'absent' })],
    'recipe "one" (FILE, line N): unit a.service and file /etc/systemd/system/a.service both decide on /etc/systemd/system/a.service (a file, removed): keep one of them',
  ],
  [
    'a file of which another writes a part',
    [block('b', { path: '/x', content: 'y' }), line('l', { path: '/x', line: 'z' }), file('/x', { content: '' })],
    'recipe "one" (FILE, line N): line l and file /x both decide on /x (a part of a file, a file): keep one of them',
  ],
  [
    'two names of one host',
    [hostname('a', {}), hostname('b', {})],
    'recipe "one" (FILE, line N): hostname a and hostname b both decide on /etc/hostname (a file, a file): keep one of them',
  ],
  [
    'two names of one parameter',
    [sysctl('net.ipv4.conf.default.rp_filter', { value: 1 }), sysctl('net/ipv4/conf/default/rp_filter', { value: 2 })],
    'recipe "one" (FILE, line N): sysctl net.ipv4.conf.default.rp_filter and sysctl net/ipv4/conf/default/rp_filter both decide on /proc/sys/net/ipv4/conf/default/rp_filter (a file, a file): keep one of them',
  ],
  [
    'a unit of a timer',
    [timer('a', { onCalendar: 'daily', command: ['/bin/true'] }), systemdUnit('a.service', { content: '[Service]' })],
    'recipe "one" (FILE, line N): timer a and unit a.service both decide on /etc/systemd/system/a.service (a file, a file): keep one of them',
  ],
  [
    'a file in a directory of which another removes it',
    [directory('/x', { only: ['a', 'b'] }), file('/x/a', { content: '' }), file('/x/c/d', { content: '' })],
    'recipe "one" (FILE, line N): file /x/c/d lies below directory /x, whose only does not name c',
  ],
  [
    'a file below a file',
    [file('/x/y/z', { content: '' }), file('/x', { content: '' })],
    'recipe "one" (FILE, line N): file /x/y/z lies below file /x, which is a file',
  ],
  [
    'a file below a directory that goes',
    [directory('/srv/x', { ensure: 'absent' }), file('/srv/x/y', { content: '' })],
    'recipe "one" (FILE, line N): file /srv/x/y lies below directory /srv/x, which is removed',
  ],
  [
    'an input that is not there',
    [daemon('d', { reads: [], restartOn: [x] })],
    'recipe "one" (FILE, line N): daemon d restarts on note x, which is not in the list',
  ],
  [
    'an input after its service',
    [daemon('d', { reads: [], restartOn: [], reloadOn: [x] }), x],
    'recipe "one" (FILE, line N): note x must stand before daemon d, which reloads on it',
  ],
]

for (const [name, resources, message] of mistakes) {
  test(`a mistake: ${name}`, () =>
    assert.throws(
      () => compiled(resources),
      (error: Error) =>
        error instanceof RecipeError && error.message.replace(/\(\S+\.ts, line \d+\)/, '(FILE, line N)') === message,
    ))
}

test('a hosts file whose lines go may go with its directory', () => {
  const gone = [hostsFile('/srv/x/hosts', { ensure: 'absent' }), directory('/srv/x', { ensure: 'absent' })]
  assert.not.throws(() => compiled(gone))
})

test('several may each decide on a part of a file', () => {
  const parts = [
    hostsFile('/etc/hosts', { entries: [{ address: '10.0.0.1', names: ['a'] }] }),
    block('b', { path: '/etc/hosts', content: 'y' }),
    line('l', { path: '/etc/hosts', line: 'z' }),
    line('m', { path: '/etc/hosts', line: 'old', ensure: 'absent' }),
  ]
  assert.not.throws(() => compiled(parts))
})

test('two recipes that want one thing differently are both named', () => {
  const cluster = makeCluster(
    [host('a', ['r', 's'])],
    new Map([
      ['r', role('r', [recipe('one', () => [x])])],
      ['s', role('s', [recipe('two', () => [note('x', { text: '2' })])])],
    ]),
  )
  assert.throws(
    () => compile(cluster.host('a'), someFacts, cluster),
    /^note x is defined differently by the recipes "one" and "two"$/,
  )
})

test('the facts that were looked at are known, and no others', () => {
  const uses = (f: Parameters<typeof recipe>[1]) => {
    const cluster = clusterOf(['a'], recipe('uses', f))
    return [...compile(cluster.host('a'), someFacts, cluster).used]
  }
  assert.equal(
    uses(() => []),
    [],
  )
  assert.equal(
    uses(({ facts }) => [note(facts.os, { text: String(facts.cpus) })]),
    ['os', 'cpus'],
  )
  assert.equal(
    uses(({ facts: { arch } }) => [note(arch, { text: '' })]),
    ['arch'],
  )
  assert.ok(uses(({ facts }) => [note('all', { text: JSON.stringify(facts) })]).includes('hostname'))
})

test('names that a probe’s answer could not carry are refused', () => {
  for (const name of ['', 'a\tb', 'a\nb', 'a\0b'])
    assert.throws(() => note(name, { text: '' }), /a name cannot be empty/)
})

test('resources are frozen all the way down', () => {
  assert.throws(() => ((x.props as { text: string }).text = '2'))
  assert.throws(() =>
    (daemon('d', { reads: ['a'], restartOn: [] }).props as unknown as { reads: string[] }).reads.push('b'),
  )
})

test.run()
