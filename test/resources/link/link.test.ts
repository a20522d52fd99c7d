import { mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { link } from '../../../src/resources/files/link.ts'
import { fc } from '../../support/checks.ts'
import { changesOf, converge, inSync, plan, refusalOf } from '../../support/loop.ts'
import { fileName } from '../../support/names.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('link on this machine')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

test('any names and targets: created, in sync, mended, removed', ({ at }) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc
          .tuple(fileName, fc.oneof(fileName, fc.constantFrom('tab\tline\nbreak', '" -> "x')))
          .filter(([n, to]) => posix.normalize(to) !== n), // a link to itself is a mistake
        { selector: ([n]) => n, minLength: 1, maxLength: 6 },
      ),
      (pairs) => {
        const all = pairs.map(([n, to]) => link(`${at.path}/${n}`, { to }))
        converge(at.run, all)
        assert.ok(inSync(at.run, all))
        for (const [n, to] of pairs) assert.is(readlinkSync(`${at.path}/${n}`), to)
        const path = `${at.path}/${(pairs[0] as [string, string])[0]}`
        unlinkSync(path)
        symlinkSync('elsewhere', path)
        assert.equal(changesOf(converge(at.run, all)[0]), [
          { action: 'update', attribute: 'to', from: 'elsewhere', to: pairs[0]?.[1] },
        ])
        assert.ok(inSync(at.run, all))
        converge(
          at.run,
          pairs.map(([n]) => link(`${at.path}/${n}`, { ensure: 'absent' })),
        )
        assert.equal(readdirSync(at.path), [])
      },
    ),
    { numRuns: 25 },
  )
})

test('a link to a directory is replaced, not entered; a file is, and it says so; a directory is refused', ({ at }) => {
  for (const dir of ['one', 'two', 'dir']) mkdirSync(`${at.path}/${dir}`)
  symlinkSync('one', `${at.path}/current`)
  writeFileSync(`${at.path}/file`, 'x')
  converge(at.run, [link(`${at.path}/current`, { to: 'two' })])
  assert.is(readlinkSync(`${at.path}/current`), 'two')
  assert.equal(readdirSync(`${at.path}/one`), [])
  assert.equal(changesOf(converge(at.run, [link(`${at.path}/file`, { to: 'two' })])[0]), [
    { action: 'update', attribute: 'to', to: 'two', text: 'in the place of a regular file' },
  ])
  assert.is(refusalOf(plan(at.run, [link(`${at.path}/dir`, { to: 'two' })])[0]).refusal, 'not-a-link')
  assert.is(refusalOf(plan(at.run, [link(`${at.path}/dir`, { ensure: 'absent' })])[0]).refusal, 'not-a-link')
})

test.run()
