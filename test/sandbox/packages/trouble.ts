import * as assert from 'uvu/assert'
import { pkg } from '../../../src/resources/packages/pkg.ts'
import { transaction } from '../../../src/resources/packages/pkg-transaction.ts'
import { join as joined, sh } from '../../../src/shell/script.ts'
import { failure } from '../../support/on-host.ts'
import { NAME } from '../../support/releases.ts'
import { holds, inSync, on, shell, status, test, texts } from './ground.ts'

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
