import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../../src/model/plan.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { editHosts, editScript, hostsFile } from '../../../src/resources/files/hosts-file.ts'
import { fc } from '../../support/checks.ts'
import { changesOf, plan } from '../../support/loop.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('hosts file on this machine')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

const address = fc.constantFrom('127.0.0.1', '127.0.1.1', '::1', '10.0.0.11', '10.0.0.12', 'fe80::1%eth0')
const name = fc.constantFrom('localhost', 'zk-1', 'zk-2', 'zk-1.example.com', 'other')
const space = fc.constantFrom(' ', '\t', '  \t ')
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', ' '),
      address,
      space,
      fc.array(name, { maxLength: 3 }),
      fc.constantFrom('', ' ', ' # zk-1', '#x\ty', '\r', ' \f\r'),
    )
    .map(([a, b, c, d, e]) => a + b + c + d.join(c) + e),
  fc.constantFrom(
    '',
    ' ',
    '# a comment',
    '#10.0.0.9 zk-1',
    '# provision: begin',
    '# provision: end',
    '# provision: begin\r',
    '# provision: end\r',
    '10.0.0.9',
    'ünï zk-1',
    '10.0.0.11\tzk-1',
    '10.0.0.12\tzk-1 zk-2\r',
  ),
)
const text = fc
  .tuple(fc.array(line, { maxLength: 10 }), fc.boolean())
  .map(([all, end]) => all.join('\n') + (end && all.length > 0 ? '\n' : ''))
const entries = fc.array(
  fc.record({
    address: fc.constantFrom('10.0.0.11', '10.0.0.12', 'fd00::1'),
    names: fc.array(fc.constantFrom('zk-1', 'zk-2', 'zk-1.example.com'), { minLength: 1, maxLength: 2 }),
  }),
  { maxLength: 3 },
)

/** What differs, but for the owner: these files belong to whoever runs the tests. */
const differences = (at: Place, wanted: Resource): readonly string[] =>
  changesOf(plan(at.run, [wanted])[0])
    .map(changeText)
    .filter((text) => !text.startsWith('owner '))

test('line ends of Windows hide neither names nor our own block', () => {
  const entries = [{ address: '10.0.0.11', names: ['zk-1'] }]
  const block = '# provision: begin\n10.0.0.11\tzk-1\n# provision: end\n'
  assert.is(editHosts('127.0.0.1 localhost\r\n10.0.0.9 zk-1\r\n', entries), `127.0.0.1 localhost\r\n${block}`)
  assert.is(editHosts(`${block.replaceAll('\n', '\r\n')}10.0.0.9 a zk-1\r\n`, entries), `10.0.0.9\ta\n${block}`)
})

test('a block whose marks are gone leaves no copy of itself', () => {
  const block = '# provision: begin\n10.0.0.11\tzk-1\n10.0.0.12\tzk-2 b\n# provision: end\n'
  const entries = [
    { address: '10.0.0.11', names: ['zk-1'] },
    { address: '10.0.0.12', names: ['zk-2', 'b'] },
  ]
  for (const broken of [/# provision: begin\n/, /# provision: end\n/, /# provision: \w+\n/g])
    assert.is(editHosts(`a\n${block.replace(broken, '')}b\r\n`, entries), `a\nb\r\n${block}`)
})

test('what the host does is what the plan says, and once is enough', ({ at }) => {
  const path = `${at.path}/hosts`
  fc.assert(
    fc.property(text, entries, (is, wanted) => {
      writeFileSync(path, is)
      const edited = editHosts(is, wanted)
      assert.is(at.run(editScript(path, wanted)), edited)
      assert.is(editHosts(edited, wanted), edited)
      writeFileSync(path, edited)
      assert.equal(differences(at, hostsFile(path, { entries: wanted })), [])
    }),
    { numRuns: 150 },
  )
})

test("Debian's own file", ({ at }) => {
  const path = `${at.path}/hosts`
  writeFileSync(
    path,
    '127.0.0.1\tlocalhost zk-1 # keep\n127.0.1.1\tzk-1.example.com zk-1\n\n::1 localhost ip6-localhost\n10.0.0.99 zk-1\n',
  )
  const wanted = hostsFile(path, { entries: [{ address: '10.0.0.11', names: ['zk-1'] }] })
  assert.equal(differences(at, wanted), ['content differs'])
  const result =
    '127.0.0.1\tlocalhost # keep\n127.0.1.1\tzk-1.example.com\n\n::1 localhost ip6-localhost\n# provision: begin\n10.0.0.11\tzk-1\n# provision: end\n'
  assert.is(at.run(editScript(path, [{ address: '10.0.0.11', names: ['zk-1'] }])), result)
  writeFileSync(path, result)
  const gone = hostsFile(path, { ensure: 'absent' })
  assert.equal(differences(at, gone), ['content differs'])
  assert.is(at.run(editScript(path, [])), readFileSync(path, 'utf8').split('# provision')[0])
})

test("the host's own name stays, by whatever loopback address", ({ at }) => {
  const path = `${at.path}/hosts`
  const own = '127.0.0.1\tlocalhost\n127.0.1.1\tb12.example.com b12\n::1\tlocalhost b12\n'
  writeFileSync(path, own)
  const wanted = [{ address: '10.0.0.30', names: ['a'] }]
  assert.is(at.run(editScript(path, wanted)), `${own}# provision: begin\n10.0.0.30\ta\n# provision: end\n`)
  assert.is(editHosts(own, wanted).startsWith(own), true)
})

test.run()
