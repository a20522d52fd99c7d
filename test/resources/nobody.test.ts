import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startFunction } from '../../src/resources/systemd/running/start.ts'
import { join, type Script, sh } from '../../src/shell/script.ts'
import { place } from '../support/run-local.ts'

const test = suite('a unit whose user is missing')

/** systemd, as it shows the properties of a unit. */
const machine = (unit: Readonly<Record<string, string>>): Script => sh`
  systemctl() {
    case $3 in ${join(Object.entries(unit).map(([name, value]) => sh`${name}) echo ${value} ;;`))}
    esac
  }`

const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  [
    'one that nobody has',
    { User: 'no-such-user' },
    'x.service: there is no user no-such-user; list what makes it before the service, or correct User= in the unit',
  ],
  [
    'a group that nobody has',
    { User: 'root', Group: 'no-such-group' },
    'x.service: there is no group no-such-group; list what makes it before the service, or correct Group= in the unit',
  ],
  ['those that are there', { User: 'root', Group: 'root' }, ''],
  ['numbers need no name', { User: '64999', Group: '64999' }, ''],
  ['one that systemd makes itself', { User: 'no-such-user', DynamicUser: 'yes' }, ''],
  ['none', {}, ''],
]
for (const [what, unit, says] of cases)
  test(what, () => {
    const at = place()
    try {
      assert.is(at.run(join([startFunction, machine(unit), sh`unit=x.service; nobody_there 2>&1`])).trim(), says)
    } finally {
      at.remove()
    }
  })

test.run()
