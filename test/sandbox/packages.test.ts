import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../src/model/plan.ts'
import type { Change, Refusal, Resource } from '../../src/model/resource.ts'
import { aptRepository } from '../../src/resources/packages/apt-repository.ts'
import { pkg } from '../../src/resources/packages/pkg.ts'
import { transaction } from '../../src/resources/packages/pkg-transaction.ts'
import { empty, join as joined, sh } from '../../src/shell/script.ts'
import { withHosts } from '../support/hosts.ts'
import { failure, onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'
import { until } from '../support/until.ts'

const test = suite('packages')
const { host } = await withHosts(test, import.meta.url, [{ name: NAME, release: RELEASE }])

type Verdict = readonly Change[] | Refusal
const texts = (verdict: Verdict | undefined): string[] =>
  (verdict as readonly Change[]).map((c) => `${c.action} ${changeText(c)}`)
/**
 * A small repository on the host itself: packages `NAME VERSION [CONTROL LINES]` whose postinst runs /srv/NAME.hook
 * where there is one.
 */
const REPOSITORY = `
set -e
rm -rf /srv/apt; mkdir -p /srv/apt /srv/build; cd /srv/apt; : >Packages
deb() {
  d=/srv/build/$1_$2; rm -rf "$d"; mkdir -p "$d/DEBIAN"
  { printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: a <a@example.test>\\nDescription: t\\n' "$1" "$2"; [ -z "$3" ] || printf '%s\\n' "$3"; } >"$d/DEBIAN/control"
  mkdir -p "$d/etc"; echo "$2" >"$d/etc/$1.conf"; echo "/etc/$1.conf" >"$d/DEBIAN/conffiles"
  printf '#!/bin/sh\\n[ ! -e /srv/%s.hook ] || . /srv/%s.hook\\n' "$1" "$1" >"$d/DEBIAN/postinst"; chmod 755 "$d/DEBIAN/postinst"
  [ -e "$d.deb" ] || dpkg-deb --root-owner-group -Znone --build "$d" >/dev/null
  cp "$d.deb" /srv/apt/
  { cat "$d/DEBIAN/control"; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$1_$2.deb" "$(stat -c %s "$1_$2.deb")" "$(sha256sum "$1_$2.deb" | cut -c 1-64)"; } >>Packages
}
deb toy 1.0-1; deb toy 1.2-1; deb toy 2.0-1; deb user-of-toy 1 'Depends: toy'; deb other 1; deb shaky 1; deb slow 1; deb adviser 1 'Recommends: other'
deb tool-a 1 'Provides: tool'; deb tool-b 1 'Provides: tool'
echo 'deb [trusted=yes] file:/srv/apt ./' >/etc/apt/sources.list.d/srv.list
`

const on = () => onHost(host(NAME))
const shell = async (command: string): Promise<string> => {
  const { code, stdout, stderr } = await host(NAME).sh(command)
  if (code !== 0) throw new Error(`${command}: ${stderr}`)
  return stdout.trim()
}
const holds = (command: string): Promise<void> =>
  until(command, async () => (await host(NAME).sh(command)).code === 0, 100)
const status = (p: string) =>
  shell(`dpkg-query -W -f='\${db:Status-Abbrev}\${Version}' ${p} 2>/dev/null | grep -v '^un' || :`)
const inSync = async (...resources: readonly Resource[]) =>
  assert.equal(
    await on().plan(...resources),
    resources.map(() => []),
  )

/** What `plan` says further of packages. */
const foreseen = async (...wanted: readonly Resource[]): Promise<readonly string[]> =>
  (
    await on().run(
      pkg.type.foresee?.(
        wanted.map(({ name, props }) => ({ name, props: props as never })),
        wanted,
        wanted,
      ) ?? empty,
    )
  )
    .trim()
    .split('\n')

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

test(`${NAME}: package: create, no-op, drift by hand, repair, absent, purge`, async () => {
  await shell(REPOSITORY)
  const wanted = [pkg('toy', { version: '1.2*' }), pkg('other', {})]
  const { plan } = await on().converge(...wanted)
  assert.equal(plan.map(texts), [['create version 1.2*'], ['create any version']])
  assert.is(await status('toy'), 'ii 1.2-1')
  await inSync(...wanted)
  await shell('dpkg --purge other')
  assert.equal((await on().converge(...wanted)).plan.map(texts), [[], ['create any version']])
  await on().converge(pkg('toy', { ensure: 'absent' }))
  assert.is(await status('toy'), 'rc 1.2-1')
  await on().converge(pkg('toy', { ensure: 'absent', purge: true }))
  assert.is(await status('toy'), '')
  await inSync(pkg('toy', { ensure: 'absent', purge: true }), pkg('other', {}))
})

test(`${NAME}: package: neighbours go in one transaction, removals and installations`, async () => {
  const transactions = async () => Number(await shell('grep -c ^Start-Date /var/log/apt/history.log'))
  const before = await transactions()
  await on().converge(pkg('toy', { version: '2.0-1' }), pkg('other', { ensure: 'absent' }), pkg('user-of-toy', {}))
  assert.is((await transactions()) - before, 1)
  assert.equal(await Promise.all(['toy', 'other', 'user-of-toy'].map(status)), ['ii 2.0-1', 'rc 1', 'ii 1'])
})

test(`${NAME}: package: what is installed is not upgraded by the way; a version below it is a downgrade`, async () => {
  await on().converge(pkg('toy', { version: '1.0-1' }))
  assert.is(await status('toy'), 'ii 1.0-1')
  await on().run(transaction([pkg('toy', {})].map((r) => ({ name: r.name, props: r.props as never }))))
  assert.is(await status('toy'), 'ii 1.0-1')
})

test(`${NAME}: package: an installation that was killed half-way is finished, upwards, downwards and in its place`, async () => {
  for (const half of [
    'ok half-installed',
    'reinstreq half-installed',
    'reinstreq unpacked',
    'reinstreq half-configured',
  ]) {
    for (const version of ['2.0-1', '1.2-1', '1.2-1', '1.0-1']) {
      await shell(`sed -i '/^Package: toy$/,/^$/ s/^Status: .*/Status: install ${half}/' /var/lib/dpkg/status`)
      await on().converge(pkg('toy', { version }))
      assert.is(await status('toy'), `ii ${version}`)
    }
  }
})

test(`${NAME}: package: removing what others need is refused, naming them`, async () => {
  const said = await failure(on().converge(pkg('toy', { ensure: 'absent' })))
  assert.match(
    said,
    'package: removing toy would also remove: user-of-toy; say of those, too, that they shall be absent, or keep toy',
  )
  assert.is(await status('toy'), 'ii 1.0-1')
})

test(`${NAME}: package: held, and a version that somebody else holds`, async () => {
  await on().converge(pkg('toy', { held: true }))
  assert.is(await status('toy'), 'hi 1.0-1')
  await on().converge(pkg('toy', { held: true, version: '1.2-1' })) // our own hold does not stand in our way
  assert.is(await status('toy'), 'hi 1.2-1')
  const [verdict] = await on().plan(pkg('toy', { version: '2.0-1' }))
  assert.is((verdict as Refusal).refusal, 'package-held')
  await on().converge(pkg('toy', { version: '2.0-1' })) // as --allow does; the hold stays
  assert.is(await status('toy'), 'hi 2.0-1')
  await on().converge(pkg('toy', { held: false }))
  assert.is(await status('toy'), 'ii 2.0-1')
})

test(`${NAME}: package: recommendations only where they are asked for`, async () => {
  await shell('dpkg --purge other')
  await on().converge(pkg('adviser', {}))
  assert.is(await status('other'), '')
  await shell('dpkg --purge adviser')
  await on().converge(pkg('adviser', { recommends: true }))
  assert.is(await status('other'), 'ii 1')
})

test(`${NAME}: package: one sentence for what no repository has`, async () => {
  assert.match(
    await failure(on().converge(pkg('toy', { version: '3.*' }))),
    'package toy: no repository of this host has version 3.*; they have: 2.0-1 1.2-1 1.0-1',
  )
  assert.match(
    await failure(on().converge(pkg('nonesuch', {}))),
    'package nonesuch: no repository of this host has it;',
  )
  assert.match(
    await failure(on().converge(pkg('tool', {}))),
    'package tool: this is only a name that other packages provide; write one of: tool-a tool-b',
  )
})

test(`${NAME}: package: a configuration file that was there before its package stays`, async () => {
  await shell('dpkg --purge shaky; echo mine >/etc/shaky.conf')
  await on().converge(pkg('shaky', {}))
  assert.is(await shell('cat /etc/shaky.conf'), 'mine')
})

test(`${NAME}: package: half-configured is a difference and is mended`, async () => {
  await shell('dpkg --purge shaky; echo exit 1 >/srv/shaky.hook')
  await failure(on().converge(pkg('shaky', {})))
  assert.is(await status('shaky'), 'iF 1')
  assert.equal((await on().plan(pkg('shaky', {}))).map(texts), [['update state half-configured']])
  await failure(on().converge(pkg('toy', {}), pkg('shaky', {})))
  await shell('rm /srv/shaky.hook')
  await on().converge(pkg('shaky', {}))
  assert.is(await status('shaky'), 'ii 1')
})

test(`${NAME}: package: waits for another process's lock and says whose it is; gives up in one sentence`, async () => {
  await shell(
    'dpkg --purge slow other adviser; rm -f /srv/go; echo "while [ ! -e /srv/go ]; do sleep 0.1; done" >/srv/slow.hook',
  )
  await shell('setsid apt-get -y install slow </dev/null >/dev/null 2>&1 &')
  await holds('test "$(dpkg-query -W -f="\\${db:Status-Abbrev}" slow)" = "iF "')
  const other = [{ name: 'other', props: pkg('other', {}).props as never }]
  assert.match(
    await failure(on().run(transaction(other, 3))),
    /^status 1: the package manager's lock was still held by process \d+ \(apt-get -y install slow\) after 3 s; let it finish or end it, then run again\n/,
  )
  const waits = on().run(joined([sh`exec >/srv/waits`, transaction(other, 600)]))
  await holds("grep -q 'waiting for the package manager' /srv/waits")
  await shell('touch /srv/go')
  await waits
  assert.match(
    await shell('cat /srv/waits'),
    /waiting for the package manager, which is locked by process \d+ \(apt-get -y install slow\)/,
  )
  assert.is(await status('other'), 'ii 1')
  assert.is(await status('slow'), 'ii 1')
})

test(`${NAME}: package: a dpkg that was killed inside is finished, also for another package`, async () => {
  for (const wanted of ['slow', 'other']) {
    await shell('dpkg --purge slow other; rm -f /srv/go')
    const cut = failure(on().converge(pkg('slow', {})))
    await holds('test "$(dpkg-query -W -f="\\${db:Status-Abbrev}" slow)" = "iF "')
    await shell('kill -9 $(pidof apt-get) $(pidof dpkg); touch /srv/go') // its postinst would hold our pipe
    await cut
    await on().converge(pkg(wanted, {}))
    assert.is(await status(wanted), 'ii 1')
    assert.is(await status('slow'), 'ii 1')
  }
})

test(`${NAME}: package: an interrupted or unreadable database is never "absent"`, async () => {
  await shell('dpkg-query -s toy >/var/lib/dpkg/updates/0000')
  assert.equal((await on().plan(pkg('toy', {}), pkg('nonesuch', { ensure: 'absent' }))).map(texts), [
    ['update dpkg was interrupted'],
    ['update dpkg was interrupted'],
  ])
  await shell(
    'rm /var/lib/dpkg/updates/0000; cp /var/lib/dpkg/status /srv/status; mv /var/lib/dpkg/status /srv/status.away',
  )
  assert.match(await failure(on().plan(pkg('toy', {}))), 'status is missing or empty')
  await shell('{ head -c 2000 /srv/status; printf "\\nrubbish\\n"; } >/var/lib/dpkg/status')
  assert.match(await failure(on().plan(pkg('toy', {}))), 'dpkg-query: error')
  await shell('cp /srv/status /var/lib/dpkg/status')
  await inSync(pkg('toy', {}))
})

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
    assert.is(await shell('ps -eo args | grep -c [m]ethods/http || :'), '0')
    await on().run(transaction([{ name: 'other', props: pkg('other', {}).props as never }], 600, 6))
    assert.is(await status('other'), 'ii 1', 'what the lists have is installed')
  } finally {
    server.closeAllConnections()
    server.close()
    await shell('rm -f /etc/apt/sources.list.d/sleeps.list /etc/apt/apt.conf.d/99sleeps; dpkg --purge other')
  }
})

test(`${NAME}: aptRepository: a key that is fetched, wrong in sum or form, expired`, async () => {
  const key = (file: string) => readFileSync(new URL(`../support/keys/${file}`, import.meta.url))
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

test.run()
