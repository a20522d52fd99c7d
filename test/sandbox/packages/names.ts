import * as assert from 'uvu/assert'
import { aptRepository } from '../../../src/resources/packages/apt-repository.ts'
import { pkg } from '../../../src/resources/packages/pkg.ts'
import { empty } from '../../../src/shell/script.ts'
import { failure } from '../../support/on-host.ts'
import { NAME } from '../../support/releases.ts'
import { foreseen, inSync, on, REPOSITORY, shell, status, test, texts } from './ground.ts'

test(`${NAME}: package: a name is one name, also where apt takes it for an expression`, async () => {
  // the host's lists of Debian are large, and everything here is in the small repository
  await shell(`mv /etc/apt/sources.list.d/debian.sources /srv; ${REPOSITORY}`)
  await shell('apt-get -q update; mkdir -p /var/lib/provision; touch /var/lib/provision/apt.updated')
  for (const odd of ['to.', 'toy-', 't.y+']) {
    const lacks = `package ${odd}: no repository of this host has it; is it spelt right, and its aptRepository listed before it?`
    assert.match(await failure(on().converge(pkg(odd, {}))), lacks)
    assert.equal(await foreseen(pkg(odd, {})), [`!\t${odd}\t${lacks.slice(`package ${odd}: `.length)}`])
    assert.equal((await on().plan(pkg(odd, { ensure: 'absent' })))[0], [])
  }
  assert.is(await status('toy'), '')
})

test(`${NAME}: package: what apply will fail on is foreseen, and the others are still told`, async () => {
  assert.equal(await foreseen(pkg('tool', {}), pkg('toy', { version: '9*' })), [
    '!\ttool\tthis is only a name that other packages provide; write one of: tool-a tool-b',
    '!\ttoy\tno repository of this host has version 9*; they have: 2.0-1 1.2-1 1.0-1',
  ])
  assert.equal((await foreseen(pkg('tool', {}), pkg('user-of-toy', {}))).slice(1), ['toy 2.0-1'])
  const fresh = aptRepository('x', { uris: 'file:/x', suites: './', key: { keyring: '/x' } })
  const item = [{ name: 'nosuch', props: pkg('nosuch', {}).props as never }]
  assert.is(
    await on().run(pkg.type.foresee?.(item, [fresh], [fresh]) ?? empty),
    '',
    'a repository that is still to come may have it',
  )
})

test(`${NAME}: package: one that a pin forbids is not said to be missing, and a version that the recipe names is taken`, async () => {
  const pin = '/etc/apt/preferences.d/no-toys'
  await shell(`printf 'Package: toy\\nPin: version *\\nPin-Priority: -1\\n' >${pin}`)
  const forbids = `pins of apt with a priority below 0 forbid every version that its repositories have (2.0-1 1.2-1 1.0-1): see ${pin}`
  assert.equal(await foreseen(pkg('toy', {})), [`!\ttoy\t${forbids}`])
  assert.match(await failure(on().converge(pkg('toy', {}))), `package toy: ${forbids}`)
  const named = pkg('toy', { version: '1.2*' })
  assert.equal(await foreseen(named), [''])
  await on().converge(named)
  await inSync(named, pkg('toy', {}))
  await on().converge(pkg('toy', { ensure: 'absent', purge: true }))
  await shell(`rm ${pin}`)
})

test(`${NAME}: package: of another architecture`, async () => {
  const foreign = pkg('foreign:i386', {})
  assert.match(
    await failure(on().converge(foreign)),
    'the host takes no packages of i386: run dpkg --add-architecture i386 there before',
  )
  await shell(`dpkg --add-architecture i386; cd /srv/apt; d=/srv/build/foreign; mkdir -p $d/DEBIAN
      printf 'Package: foreign\\nVersion: 1\\nArchitecture: i386\\nMaintainer: a <a@example.test>\\nDescription: t\\n' >$d/DEBIAN/control
      dpkg-deb --root-owner-group --build $d /srv/apt/foreign_1.deb
      { cat $d/DEBIAN/control; printf 'Filename: ./foreign_1.deb\\nSize: %s\\nSHA256: %s\\n\\n' $(stat -c %s foreign_1.deb) $(sha256sum foreign_1.deb | cut -c 1-64); } >>Packages
      rm -f /var/lib/provision/apt.updated`)
  assert.equal((await on().converge(foreign)).plan.map(texts), [['create any version']])
  await inSync(foreign)
  assert.is(await shell("dpkg-query -W -f='${binary:Package}' foreign"), 'foreign:i386')
  const own = pkg(`toy:${await shell('dpkg --print-architecture')}`, {})
  await on().converge(own)
  await inSync(own, pkg('toy', {}))
  await on().converge(
    pkg('foreign:i386', { ensure: 'absent', purge: true }),
    pkg('toy', { ensure: 'absent', purge: true }),
  )
  await shell(`dpkg --remove-architecture i386; ${REPOSITORY}`)
})
