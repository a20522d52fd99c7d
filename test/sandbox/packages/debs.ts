/** Packages from files. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Resource } from '../../../src/model/resource.ts'
import { pkg } from '../../../src/resources/packages/pkg.ts'
import { failure } from '../../support/on-host.ts'
import { NAME } from '../../support/releases.ts'
import { host, inSync, on, shell, status, test, texts } from './ground.ts'

test(`${NAME}: package: from a deb that is sent or fetched, beside others, up and down; a wrong one installs nothing`, async () => {
  await shell('dpkg --purge user-of-toy toy other')
  const bytes = Buffer.from(await shell('base64 -w0 /srv/apt/toy_2.0-1.deb'), 'base64')
  const old = Buffer.from(await shell('base64 -w0 /srv/apt/user-of-toy_1.deb'), 'base64')
  const folder = mkdtempSync(join(tmpdir(), 'provision-deb-'))
  const file = join(folder, 'any name.deb')
  writeFileSync(file, bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const server = createServer((_, response) => response.end(old))
  await new Promise<void>((resolve) => server.listen(0, host(NAME).address.replace(/\.\d+$/, '.1'), resolve))
  const { address, port } = server.address() as AddressInfo
  const fetched = {
    source: `http://${address}:${port}/x.deb`,
    sha256: createHash('sha256').update(old).digest('hex'),
  }
  try {
    const wanted = [
      pkg('toy', { version: '2.0-1', held: true, deb: { source: { file }, sha256 } }),
      pkg('other', {}),
      pkg('user-of-toy', { version: '1', deb: fetched }),
    ]
    const { plan } = await on().converge(...wanted)
    assert.equal(plan.map(texts), [
      ['create version 2.0-1, from any name.deb, held'],
      ['create any version'],
      ['create version 1, from x.deb'],
    ])
    assert.equal(await Promise.all(['toy', 'other', 'user-of-toy'].map(status)), ['hi 2.0-1', 'ii 1', 'ii 1'])
    assert.is(await shell('ls -A /var/lib/provision/download'), '')
    await inSync(...wanted)
    await shell(
      "sed -i '/^Package: toy$/,/^$/ s/^Status: .*/Status: hold reinstreq half-installed/' /var/lib/dpkg/status",
    )
    await on().converge(wanted[0] as Resource)
    assert.is(await status('toy'), 'hi 2.0-1')
    await on().converge(pkg('toy', { version: '1.2-1', held: true }))
    await on().converge(wanted[0] as Resource)
    assert.is(await status('toy'), 'hi 2.0-1')
    assert.match(
      await failure(on().converge(pkg('toy', { version: '9', held: true, deb: { source: { file }, sha256 } }))),
      'package toy: version 9 is wanted, but the deb contains toy 2.0-1',
    )
    assert.is(await status('toy'), 'hi 2.0-1')
  } finally {
    server.close()
    rmSync(folder, { recursive: true })
    await shell('apt-mark unhold toy')
  }
})

test(`${NAME}: package: another deb of the same version is installed in the place of the first one`, async () => {
  await shell('dpkg --purge user-of-toy toy; rm -f /var/lib/provision/deb.toy')
  const folder = mkdtempSync(join(tmpdir(), 'provision-deb-'))
  const built = async (file: string): Promise<Resource> => {
    const bytes = Buffer.from(await shell(`base64 -w0 ${file}`), 'base64')
    const path = join(folder, `${createHash('sha256').update(bytes).digest('hex')}.deb`)
    writeFileSync(path, bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return pkg('toy', { version: '2.0-1', held: true, deb: { source: { file: path }, sha256 } })
  }
  try {
    const first = await built('/srv/apt/toy_2.0-1.deb')
    await shell(`cd /srv/build; rm -rf again; dpkg-deb -R /srv/apt/toy_2.0-1.deb again
        mkdir -p again/usr/share/toy; echo anew >again/usr/share/toy/anew; dpkg-deb --root-owner-group --build again /srv/again.deb`)
    const second = await built('/srv/again.deb')
    // installed by somebody else: known by its version
    await shell('dpkg -i /srv/apt/toy_2.0-1.deb; apt-mark hold toy')
    await inSync(first)
    await inSync(second)
    await shell('apt-mark unhold toy; dpkg --purge toy')
    await on().converge(first)
    await inSync(first)
    const { plan } = await on().converge(second, pkg('other', {}))
    assert.match(plan.map(texts)[0]?.[0] ?? '', /^update deb [0-9a-f]{12} → [0-9a-f]{12}$/)
    assert.is(await shell('cat /usr/share/toy/anew'), 'anew')
    assert.is(await status('toy'), 'hi 2.0-1')
    await inSync(second)
    // a run that ended while dpkg was at work
    await shell("echo '2.0-1 unknown' >/var/lib/provision/deb.toy")
    await on().converge(first)
    assert.is(await shell('ls /usr/share/toy/anew 2>/dev/null || echo gone'), 'gone')
    await on().converge(pkg('toy', { ensure: 'absent' }))
    await shell('dpkg -i /srv/again.deb; apt-mark hold toy')
    await inSync(first)
  } finally {
    rmSync(folder, { recursive: true })
    await shell('apt-mark unhold toy')
  }
})

test(`${NAME}: package: apt is asked about four with two calls, and about one that it does not know with one more`, async () => {
  const four = ['toy', 'other', 'adviser', 'tool-a']
  await on().converge(...[...four, 'user-of-toy'].map((p) => pkg(p, { ensure: 'absent' })))
  await shell(
    `printf '%s\\n' '#!/bin/sh' 'echo "$*" >>/run/asked' 'exec /usr/bin/apt-cache "$@"' >/usr/local/sbin/apt-cache; chmod +x /usr/local/sbin/apt-cache`,
  )
  await on().converge(...four.map((p) => pkg(p, {})))
  assert.is(await shell('wc -l </run/asked; rm /run/asked'), '2')
  await failure(on().converge(pkg('nosuch', {}), pkg('tool-b', {})))
  assert.match(await shell('cat /run/asked'), /^pkgnames\n.*policy tool-b\npkgnames nosuch\n/)
  await shell('rm /usr/local/sbin/apt-cache /run/asked')
  await on().converge(...four.map((p) => pkg(p, { ensure: 'absent' })))
})
