import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { directory } from '../../../src/resources/files/directory.ts'
import { fc } from '../../support/checks.ts'
import { changesOf, converge, inSync, plan, refusalOf } from '../../support/loop.ts'
import { fileName } from '../../support/names.ts'
import { me, type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('directory on this machine')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

test('any names: created, in sync, mended, removed', ({ at }) => {
  fc.assert(
    fc.property(fc.uniqueArray(fileName, { minLength: 1, maxLength: 6 }), (names) => {
      const all = names.map((n) => directory(`${at.path}/${n}`, { mode: '0750', ...me }))
      converge(at.run, all)
      assert.ok(inSync(at.run, all))
      assert.equal(new Set(readdirSync(at.path)), new Set(names))
      chmodSync(`${at.path}/${names[0]}`, 0o700)
      writeFileSync(`${at.path}/${names[0]}/inside`, '')
      assert.equal(changesOf(converge(at.run, all)[0]), [
        { action: 'update', attribute: 'mode', from: '0700', to: '0750' },
      ])
      assert.ok(inSync(at.run, all))
      const none = names.map((n) => directory(`${at.path}/${n}`, { ensure: 'absent' }))
      converge(at.run, none)
      assert.equal(readdirSync(at.path), [])
    }),
    { numRuns: 25 },
  )
})

test('only: any other names are listed and removed', ({ at }) => {
  fc.assert(
    fc.property(fc.uniqueArray(fileName, { minLength: 2, maxLength: 8 }), fc.nat(7), (names, n) => {
      const only = names.slice(0, n % names.length)
      for (const name of names) writeFileSync(`${at.path}/${name}`, '')
      writeFileSync(`${at.path}/conf.dpkg-old`, '')
      const all = [directory(at.path, { only, ...me })]
      const gone = names.filter((name) => !only.includes(name) && !name.includes('.dpkg-'))
      assert.equal(new Set(changesOf(converge(at.run, all)[0]).map((c) => c.from)), new Set(gone))
      assert.ok(inSync(at.run, all))
      assert.equal(
        new Set(readdirSync(at.path)),
        new Set(['conf.dpkg-old', ...names.filter((name) => !gone.includes(name))]),
      )
      converge(at.run, [directory(at.path, { only: [], ...me })])
    }),
    { numRuns: 25 },
  )
})

test('what is no directory is refused, a link to one too; allowed, it is replaced', ({ at }) => {
  mkdirSync(`${at.path}/real`)
  symlinkSync('real', `${at.path}/link`)
  const wanted = [directory(`${at.path}/link`, me)]
  assert.is(refusalOf(plan(at.run, wanted)[0]).reason, 'There is a symbolic link to real where a directory is wanted.')
  converge(at.run, wanted)
  assert.ok(inSync(at.run, wanted))
  assert.ok(statSync(`${at.path}/real`).isDirectory())
})

test('in a directory that hands its group on: made, in sync; a bit that was set by hand is taken away', ({ at }) => {
  chmodSync(at.path, 0o2775)
  const all = [directory(`${at.path}/a`, me)]
  converge(at.run, all)
  assert.ok(inSync(at.run, all))
  chmodSync(`${at.path}/a`, 0o2755)
  assert.equal(changesOf(converge(at.run, all)[0]), [{ action: 'update', attribute: 'mode', from: '2755', to: '0755' }])
  assert.ok(inSync(at.run, all))
})

test('its parent must be there', ({ at }) => {
  assert.throws(
    () => converge(at.run, [directory(`${at.path}/a/b`, me)]),
    /a\/b: there is no directory .*\/a to make it in/,
  )
})

test('parts of the system are never removed', () => {
  for (const path of ['/', '/etc', '/usr', '/var', '/home', '/usr/bin', '/var/lib', '/srv']) {
    assert.throws(() => directory(path, { ensure: 'absent' }), /is not removed: it is part of the system/)
  }
  for (const path of ['/etc//', '/etc/../usr', '/opt/./x', 'opt/x', '/opt/x/'])
    assert.throws(() => directory(path, { ensure: 'absent' }), TypeError)
})

test.run()
