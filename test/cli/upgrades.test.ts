/** What of a host's upgrades `provision patch` plans. On hosts: test/sandbox/patch.test.ts. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { upgrades } from '../../src/cli/patch/upgrades.ts'

const test = suite('upgrades')

const SAID = [
  ['libc6', '2.36-9+deb12u7', '2.36-9+deb12u14', 'Debian:12.12/oldstable'],
  ['openssl', '3.0.17-1', '3.0.22-1', 'Debian:12.12/oldstable, Debian-Security:12/oldstable-security'],
  ['linux-image-6.8.0-48-generic', '', '6.8.0-48.48', 'Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security'],
]
const CHANGES = [
  { action: 'update', attribute: 'libc6', from: '2.36-9+deb12u7', to: '2.36-9+deb12u14' },
  { action: 'update', attribute: 'openssl', from: '3.0.17-1', to: '3.0.22-1' },
  { action: 'create', attribute: 'linux-image-6.8.0-48-generic', to: '6.8.0-48.48' },
]
for (const [what, said, security, changes] of [
  ['nothing', [['']], false, []],
  ['everything', SAID, false, CHANGES],
  ['security alone', SAID, true, CHANGES.slice(1)],
] as const)
  test(what, () => {
    const state = upgrades.type.parse(said)
    assert.equal(upgrades.type.diff({ security }, state, []), changes)
  })

test.run()
