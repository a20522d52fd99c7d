import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { locale } from '../../../src/index.ts'
import { there } from '../../../src/lib/user-error.ts'
import { join, sh } from '../../../src/shell/script.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('locales that a host knows')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

const { type } = locale('de_DE.UTF-8', {})
const foresee = there(type.foresee, 'foresee')

/** What plan says of a locale on a host that has `C.utf8` and a list of the others, if any. */
function says(at: Place, name: string, list?: string): string {
  const supported = `${at.path}/SUPPORTED`
  if (list !== undefined) writeFileSync(supported, list)
  const { props } = locale(name, {})
  const script = foresee([{ name, props }], [], []).text.replaceAll('/usr/share/i18n/SUPPORTED', supported)
  return at.run(join([sh`locale() { echo C.utf8; }`, { ...sh``, text: script }]))
}

test('one that is not in the list', ({ at }) => {
  assert.is(says(at, 'xx_XX.UTF-8', 'de_DE.UTF-8 UTF-8\n'), '!\txx_XX.UTF-8\tthe host knows no such locale\n')
  assert.is(says(at, 'de_DE.UTF-8', 'de_DE.UTF-8 UTF-8\n'), '')
})

test('before the package is there', ({ at }) => assert.is(says(at, 'de_DE.UTF-8'), ''))

test('one of the C library', ({ at }) => {
  assert.is(says(at, 'C.UTF-8'), '')
  assert.match(says(at, 'C.ISO-8859-1'), /^!\tC.ISO-8859-1\tthe host does not have it, and only package libc-bin/)
})

test.run()
