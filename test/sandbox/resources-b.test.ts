import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../src/model/plan.ts'
import type { Change, Resource } from '../../src/model/resource.ts'
import { block } from '../../src/resources/edits/block.ts'
import { line } from '../../src/resources/edits/line.ts'
import { file } from '../../src/resources/files/file.ts'
import { cron } from '../../src/resources/system/cron.ts'
import { kernelModule } from '../../src/resources/system/kernel-module.ts'
import { locale } from '../../src/resources/system/locale.ts'
import { timezone } from '../../src/resources/system/timezone.ts'
import { withHosts } from '../support/hosts.ts'
import { changesOf } from '../support/loop.ts'
import { failure, onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'
import { lives } from './resources-b/lives.ts'

// Types whose steps ask the one who reads the result: ssh, cron, apt, the kernel. Those that a bare Debian lacks are installed.
const test = suite('more resource types on hosts')
const { host } = await withHosts(test, import.meta.url, [{ name: NAME, layer: `tools-${RELEASE}` }])

const must = async (words: string): Promise<string> => {
  const { code, stdout, stderr } = await host(NAME).sh(words)
  assert.is(code, 0, `${words}: ${stdout}${stderr}`)
  return stdout.trim()
}

const texts = (verdict: unknown): readonly string[] =>
  changesOf(verdict as readonly Change[]).map((change) =>
    `${change.action} ${changeText(change)}`.replace(/[0-9a-f]{12} → main \([0-9a-f]{12}\)/, 'MAIN'),
  )

for (const { title, before = ':', wanted, made, taken, drift, mends, gone } of lives)
  test(title, async () => {
    const on = onHost(host(NAME))
    const inSync = async (resources: readonly Resource[]) =>
      assert.ok((await on.plan(...resources)).every((verdict) => texts(verdict).length === 0))
    await must(before)
    assert.equal([NAME, (await on.converge(...wanted)).plan.map(texts)], [NAME, made])
    await must(taken)
    await inSync(wanted)
    await must(drift)
    assert.equal([NAME, (await on.converge(...wanted)).plan.map(texts)], [NAME, mends])
    await must(taken)
    if (gone === undefined) return
    await on.converge(...gone[0])
    await must(gone[1])
    await inSync(gone[0])
  })

test('what is not taken leaves what was there', async () => {
  const on = onHost(host(NAME))
  const refused: readonly (readonly [what: Resource, says: RegExp, path: string])[] = [
    [
      block('bad', { path: '/srv/kept', content: 'x', validate: ['grep', '-q', 'y'] }),
      /grep refused the new content; the file is as it was/,
      '/srv/kept',
    ],
    [
      line('bad', { path: '/srv/none/kept', line: 'x' }),
      /there is no directory \/srv\/none to put it into/,
      '/srv/kept',
    ],
    [
      cron('kept', { schedule: '9 * * * *', command: `echo ${'x'.repeat(2000)}` }),
      /cron does not take it: .*command/s,
      '/etc/cron.d/kept',
    ],
    [
      cron('kept', { schedule: '9 * * * *', command: 'true', user: 'nobody-here' }),
      /there is no user nobody-here/,
      '/etc/cron.d/kept',
    ],
    [timezone('Europe/Atlantis', {}), /the host knows no such zone/, '/etc/localtime'],
    [locale('C.KOI8-R', {}), /only package libc-bin can bring it/, '/etc/locale.gen'],
    [kernelModule('no_such', {}), /it cannot be loaded: .*no_such/, '/etc/modules-load.d/provision-no_such.conf'],
  ]
  await must('echo kept >/srv/kept; echo "# kept" >/etc/cron.d/kept')
  for (const [what, says, path] of refused) {
    const look = `ls -l ${path}; cat ${path}; cat ${path}/f; ls -A $(dirname ${path}) | grep '[.]provision$'; ls /run/provision/new; :`
    const before = await must(look)
    assert.match(await failure(on.converge(what), what.id), says)
    assert.is(await must(look), before)
  }
})

test('file: what the host fetches, known by its sum', async () => {
  const on = onHost(host(NAME))
  const bytes = 'fetched\n'.repeat(20000)
  const server = createServer((_, response) => response.end(bytes))
  await new Promise<void>((resolve) => server.listen(0, host(NAME).address.replace(/\.\d+$/, '.1'), resolve))
  const { address, port } = server.address() as AddressInfo
  const url = `http://${address}:${port}/tool`
  try {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const wanted = file('/srv/tool', { content: { url, sha256 }, mode: '0755', validate: ['grep', '-q', 'fetched'] })
    assert.equal((await on.converge(wanted)).plan.map(texts), [[`create ${url}, root:root 0755`]])
    await must('echo other >/srv/tool; [ -z "$(ls -A /var/lib/provision/download)" ]')
    assert.equal((await on.converge(wanted)).plan.map(texts), [[`update content differs (6 bytes → ${url})`]])
    assert.match(
      await failure(on.converge(file('/srv/tool', { content: { url, sha256: '0'.repeat(64) }, mode: '0755' }))),
      /is not what is wanted: its sha256 is/,
    )
    assert.is(await must('sha256sum </srv/tool | cut -c 1-64'), sha256)
  } finally {
    server.close()
  }
})

test('kernelModule: loaded at boot, and now', async () => {
  const on = onHost(host(NAME))
  // Hosts of tests have no modules: what the kernel would do is done by hand.
  await must(
    `mount -o remount,rw /sys; mkdir -p /sys/module/loop; printf '#!/bin/sh\\nmkdir -p "/sys/module/$(echo "$2" | tr - _)"\\n' >/usr/local/sbin/modprobe; chmod 755 /usr/local/sbin/modprobe`,
  )
  const wanted = [kernelModule('br-netfilter', {}), kernelModule('loop', {})]
  assert.equal((await on.converge(...wanted)).plan.map(texts), [
    ['create 1 line, root:root 0644', 'update now loaded'],
    ['create 1 line, root:root 0644'],
  ])
  await must('rmdir /sys/module/br_netfilter')
  assert.equal((await on.converge(...wanted)).plan.map(texts), [['update now loaded'], []])
  const gone = wanted.map((each) => kernelModule(each.name, { ensure: 'absent' }))
  assert.equal((await on.converge(...gone)).plan.map(texts), [['remove regular file'], ['remove regular file']])
})

test.run()
