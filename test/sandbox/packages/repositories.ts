/** Repositories of packages. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as assert from 'uvu/assert'
import type { Refusal } from '../../../src/model/resource.ts'
import { aptRepository } from '../../../src/resources/packages/apt-repository.ts'
import { pkg } from '../../../src/resources/packages/pkg.ts'
import { transaction } from '../../../src/resources/packages/pkg-transaction.ts'
import { failure } from '../../support/on-host.ts'
import { NAME } from '../../support/releases.ts'
import { holds, host, inSync, on, REPOSITORY, shell, status, test, texts } from './ground.ts'

test(`${NAME}: aptRepository: create, no-op, lists fetched before the next package, drift by hand, repair, absent`, async () => {
  const uris = await shell("sed -n 's/^URIs: //p' /srv/debian.sources | head -n 1")
  const suites = `${await shell('. /etc/os-release; echo $VERSION_CODENAME')}-backports`
  const content = Buffer.from(await shell('base64 -w0 /usr/share/keyrings/debian-archive-keyring.gpg'), 'base64')
  const wanted = aptRepository('more', { uris, suites, components: 'main', key: { content } })
  const known = () => shell(`apt-cache policy | grep -c ${suites} || :`)
  assert.match(texts((await on().converge(wanted)).plan[0])[0] as string, `create ${uris} ${suites} main, key `)
  await inSync(wanted)
  assert.is(await known(), '0')
  await on().converge(pkg('other', { ensure: 'absent' }))
  await on().converge(pkg('other', {}))
  assert.is.not(await known(), '0')
  const { said } = await on().converge(pkg('other', { ensure: 'absent' }), pkg('toy', { version: '1.2-1', held: true }))
  assert.not.match(said, suites) // fetched once
  await shell(
    'echo >/etc/apt/keyrings/more.gpg; sed -i s/main/contrib/ /etc/apt/sources.list.d/more.sources; touch /etc/apt/keyrings/more.asc',
  )
  assert.equal(texts((await on().converge(wanted)).plan[0]), [
    'update content differs',
    'update key of before goes',
    'update key differs',
  ])
  await on().converge(aptRepository('more', { ensure: 'absent' }))
  assert.is(await shell('ls /etc/apt/keyrings /etc/apt/sources.list.d | grep more || :'), '')
  await shell('apt-mark unhold toy')
})

test(`${NAME}: aptRepository: one that apt cannot read beside what is there is taken back, and the other list is named`, async () => {
  const content = Buffer.from(await shell('base64 -w0 /usr/share/keyrings/debian-archive-keyring.gpg'), 'base64')
  const wanted = aptRepository('clash', { uris: 'file:/srv/apt', suites: './', key: { content } })
  await shell(
    "echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] file:/srv/apt ./' >/etc/apt/sources.list.d/srv.list",
  )
  const files = 'cd /etc/apt; ls -A sources.list.d keyrings; cat sources.list.d/clash.sources 2>/dev/null || :'
  const before = await shell(files)
  const reason = await failure(on().converge(wanted))
  assert.match(
    reason,
    'aptRepository clash: with it apt cannot read its lists any more, so it was taken back: Conflicting values set for option Signed-By',
  )
  assert.match(
    reason,
    'The same repository stands in /etc/apt/sources.list.d/srv.list: let the recipe remove that before.',
  )
  assert.is(await shell(files), before)
  await shell('apt-get indextargets >/dev/null')
  await shell('rm /etc/apt/sources.list.d/srv.list')
  await on().converge(wanted)
  await shell('cp /etc/apt/sources.list.d/clash.sources /srv/kept')
  const other = await failure(
    on().converge(
      aptRepository('clash', { uris: 'file:/srv/apt', suites: './', components: [], key: { keyring: '/none' } }),
    ),
  )
  assert.match(other, 'the host has no keyring /none')
  await shell('cmp /etc/apt/sources.list.d/clash.sources /srv/kept')
  await on().converge(aptRepository('clash', { ensure: 'absent' }))
  await shell(REPOSITORY)
})

test(`${NAME}: package: an update that has gone to sleep is ended, tried again, and told`, async () => {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.writeHead(200, { 'content-length': 1000 })
    response.write('half')
  })
  await new Promise<void>((resolve) => server.listen(0, host(NAME).address.replace(/\.\d+$/, '.1'), resolve))
  const { address, port } = server.address() as AddressInfo
  try {
    await shell(`apt-get -q update; echo 'deb [trusted=yes] http://${address}:${port} ./' >/etc/apt/sources.list.d/sleeps.list
        echo 'Acquire::http::Proxy::${address} "DIRECT"; Acquire::http::Timeout "300";' >/etc/apt/apt.conf.d/99sleeps; rm -f /var/lib/provision/apt.updated`)
    const lacking = transaction([{ name: 'nosuch', props: pkg('nosuch', {}).props as never }], 600, 6)
    const reason = await failure(on().run(lacking))
    assert.match(reason, 'apt-get has received nothing for 3 s')
    assert.match(reason, 'apt-get update had received nothing for 6 s and was ended')
    assert.match(
      reason,
      /no repository of this host has it.*; the lists are old: apt-get update had received nothing for 6 s, twice/,
    )
    assert.ok(asked >= 2)
    await holds('! ps -eo args | grep [m]ethods/http') // whose own limit is longer than we wait
    await on().run(transaction([{ name: 'other', props: pkg('other', {}).props as never }], 600, 6))
    assert.is(await status('other'), 'ii 1', 'what the lists have is installed')
  } finally {
    server.closeAllConnections()
    server.close()
    await shell('rm -f /etc/apt/sources.list.d/sleeps.list /etc/apt/apt.conf.d/99sleeps; dpkg --purge other')
  }
})

test(`${NAME}: aptRepository: a key that is fetched, wrong in sum or form, expired`, async () => {
  const key = (file: string) => readFileSync(new URL(`../../support/keys/${file}`, import.meta.url))
  const server = createServer((request, response) => response.end(key((request.url as string).slice(1))))
  await new Promise<void>((resolve) => server.listen(0, host(NAME).address.replace(/\.\d+$/, '.1'), resolve))
  const { address, port } = server.address() as AddressInfo
  const wanted = (file: string, sha256: string, binary?: true) =>
    aptRepository('fetched', {
      uris: 'https://example.test/debian',
      suites: './',
      key: { url: `http://${address}:${port}/${file}`, sha256, ...(binary ? { binary } : {}) },
    })
  const sum = (file: string) => createHash('sha256').update(key(file)).digest('hex')
  try {
    assert.match(
      await failure(on().converge(wanted('never.asc', sum('rsa.gpg')))),
      'never.asc is not what is wanted: its sha256 is',
    )
    assert.match(await failure(on().converge(wanted('rsa.gpg', sum('rsa.gpg')))), 'is binary: add "binary: true"')
    assert.match(
      await failure(on().converge(wanted('never.asc', sum('never.asc'), true))),
      'is text: leave out "binary"',
    )
    for (const [file, binary] of [
      ['never.asc', undefined],
      ['rsa.gpg', true],
    ] as const) {
      await on().converge(wanted(file, sum(file), binary))
      await inSync(wanted(file, sum(file), binary))
      assert.is(await shell('ls -l /etc/apt/keyrings/fetched* | cut -d " " -f 1,3,4'), '-rw-r--r-- root root')
    }
  } finally {
    server.close()
    await on().converge(aptRepository('fetched', { ensure: 'absent' }))
  }
  const [verdict] = await on().plan(
    aptRepository('old', { uris: 'https://example.test/debian', suites: './', key: { content: key('expired.asc') } }),
  )
  assert.is((verdict as Refusal).refusal, 'apt-key-expired')
})
