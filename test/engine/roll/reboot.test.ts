/** When a host needs a reboot. The reboots themselves: test/long/rolling.test.ts. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Boot, needs, newerKernel, reboot } from '../../../src/engine/roll/reboot.ts'

const test = suite('reboots')

for (const [what, runs, installed, newer] of [
  ['the newest runs', '6.1.0-32-amd64', ['6.1.0-31-amd64', '6.1.0-32-amd64'], undefined],
  ['a newer build', '6.1.0-9-amd64', ['6.1.0-9-amd64', '6.1.0-32-amd64'], '6.1.0-32-amd64'],
  ['the newest of several', '6.1.0-9-amd64', ['6.1.0-32-amd64', '6.1.0-100-amd64', '6.1.0-9-amd64'], '6.1.0-100-amd64'],
  ['a newer release', '6.1.0-32-amd64', ['6.10.3-amd64', '6.9.7-amd64'], '6.10.3-amd64'],
  ['another kind is no successor', '6.1.0-32-cloud-amd64', ['6.1.0-40-amd64'], undefined],
  ['of the same kind', '6.1.0-32-cloud-amd64', ['6.1.0-40-amd64', '6.1.0-33-cloud-amd64'], '6.1.0-33-cloud-amd64'],
  ["Ubuntu's", '6.8.0-45-generic', ['6.8.0-45-generic', '6.8.0-48-generic'], '6.8.0-48-generic'],
  ['none is installed here: a container', '6.8.0-45-generic', [], undefined],
  ['a longer number is a newer one', '6.1-amd64', ['6.1.1-amd64'], '6.1.1-amd64'],
  ['a shorter number is an older one', '6.1.1-amd64', ['6.1-amd64'], undefined],
] as const)
  test(`a newer kernel: ${what}`, () => assert.is(newerKernel({ runs, installed }), newer))

const BOOT: Boot = { id: 'x', runs: '6.1.0-9-amd64', installed: ['6.1.0-9-amd64'], asked: undefined }
for (const [what, boot, reasons] of [
  ['nothing', BOOT, []],
  ['packages that name none', { ...BOOT, asked: [] }, ['its packages ask for it']],
  ['packages', { ...BOOT, asked: ['libc6', 'dbus'] }, ['packages ask for it: libc6, dbus']],
  [
    'a kernel',
    { ...BOOT, installed: ['6.1.0-32-amd64'] },
    ['it runs the kernel 6.1.0-9-amd64, and 6.1.0-32-amd64 is installed'],
  ],
] as const)
  test(`what asks for a reboot: ${what}`, () => {
    assert.equal(needs(boot), reasons)
    const step = (ifNeeded: boolean) => reboot.type.diff({ ifNeeded, within: 60 }, boot, [])
    assert.equal(step(true), reasons.length === 0 ? [] : [{ action: 'restart', text: reasons[0] }])
    assert.equal(step(false), [{ action: 'restart', text: reasons[0] ?? 'as asked' }])
  })

for (const [what, fields, boot] of [
  [
    'needs none',
    ['id', '6.1', 'no', '6.1 6.2 '],
    { id: 'id', runs: '6.1', installed: ['6.1', '6.2'], asked: undefined },
  ],
  [
    'asked for',
    ['id', '6.1', 'yes libc6 dbus ', ''],
    { id: 'id', runs: '6.1', installed: [], asked: ['libc6', 'dbus'] },
  ],
] as const)
  test(`what a host says: ${what}`, () => assert.equal(reboot.type.parse([fields]), boot))

test.run()
