import { spawn } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nftables } from '../../src/resources/network/nftables.ts'
import { swap } from '../../src/resources/system/swap.ts'
import { withHosts } from '../support/hosts.ts'
import { failure, inWords, onHost } from '../support/on-host.ts'
import { NAME, RELEASE } from '../support/releases.ts'
import { until } from '../support/until.ts'

// Types that can do harm: what locks an operator out, and what overwrites a disk.
const test = suite('resource types that can do harm, on hosts')
const { box, host } = await withHosts(test, import.meta.url, [{ name: NAME, layer: `tools-${RELEASE}` }])

const must = async (words: string): Promise<string> => {
  const { code, stdout, stderr } = await host(NAME).sh(words)
  assert.is(code, 0, `${words}: ${stdout}${stderr}`)
  return stdout.trim()
}
const { mends, plans } = inWords(host, ({ refusal }) => refusal)

const chain = (...rules: readonly string[]): string =>
  `chain in { type filter hook input priority 0; policy drop; ${rules.join('; ')}; }`
const SAFE = ['ct state established,related accept', 'iifname lo accept', 'tcp dport 22 accept']
const web = (...rules: readonly string[]) => nftables('inet web', { rules: chain(...rules) })
const loaded = async () => must('nft list table inet web 2>/dev/null || echo none')

test('nftables: create, no-op, drift, repair, after a boot, absent', async () => {
  const wanted = web(...SAFE, 'tcp dport 8080 counter accept')
  assert.equal(await mends(NAME, wanted), [
    'create rules: 5 lines, root:root 0644',
    'create unit: 19 lines, root:root 0644',
    'update at boot loaded',
    'create now loaded',
  ])
  assert.equal(await plans(NAME, wanted), [])
  const drifts: readonly (readonly [drift: string, says: readonly string[]])[] = [
    ['nft add rule inet web in tcp dport 1 accept', ['update now what is loaded is not what was loaded here']],
    ['nft flush ruleset', ['create now loaded']],
    ['systemctl disable -q provision-nftables-inet-web', ['update at boot loaded']],
    ['echo "# x" >>/etc/nftables.d/provision-inet-web.nft', ['update rules: content differs']],
  ]
  for (const [drift, says] of drifts) {
    await must(drift)
    assert.equal([drift, await mends(NAME, wanted)], [drift, says])
  }
  await must('systemctl restart nftables')
  await until('loaded again after a flush', async () => (await plans(NAME, wanted)).length === 0)
  await box.kill(NAME)
  await box.boot(NAME)
  assert.equal(await plans(NAME, wanted), [])
  assert.match(await loaded(), 'dport 8080')
  const gone = nftables('inet web', { ensure: 'absent' })
  await mends(NAME, gone)
  assert.is(await loaded(), 'none')
  assert.is(
    await must('ls -A /etc/nftables.d; systemctl list-units --all --plain --no-legend "provision-nftables*"'),
    '',
  )
})

test('nftables: who is logged in by ssh is not locked out', async () => {
  const { address, user, identityFile } = host(NAME)
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'].flatMap((o) => [
    '-o',
    o,
  ])
  const open = spawn('ssh', [...options, '-i', identityFile, `${user}@${address}`, 'echo in; sleep 600'])
  try {
    await new Promise((resolve) => open.stdout.once('data', resolve))
    const peer = address.replace(/\.\d+$/, '.1')
    await mends(NAME, web(...SAFE))
    const before = await loaded()
    const refused: readonly (readonly [rules: readonly string[], says: string])[] = [
      [
        ['ip saddr 10.9.9.9 tcp dport 22 accept'],
        `with these rules ${peer} could no longer log in by ssh at port 22; nothing was loaded`,
      ],
      [
        ['ct state established accept'],
        `with these rules ${peer} could no longer log in by ssh at port 22; nothing was loaded`,
      ],
      [['iifname "other0" tcp dport 22 accept'], `${peer} `],
      [[...SAFE, 'iif host0 drop'], 'a boot could not load these rules'],
      [[...SAFE, 'tcp dprt 1 accept'], 'nft does not take these rules'],
    ]
    for (const [rules, says] of refused) {
      assert.match(await failure(onHost(host(NAME)).converge(web(...rules))), says)
      assert.is(await loaded(), before)
    }
    await mends(NAME, web('ct state established accept', `ip saddr ${peer} iifname host0 tcp dport 22 accept`))
    assert.is(await must('pgrep -c -f "[s]leep 60$" || :; ls -A /run/provision/nftables 2>/dev/null || :'), '0')
    await mends(NAME, nftables('inet web', { ensure: 'absent' }))
  } finally {
    open.kill()
  }
})

test('swap: what the kernel does not take leaves nothing', async () => {
  const says = await failure(onHost(host(NAME)).converge(swap('/srv/swap', { sizeMb: 4 })))
  assert.match(says, 'swap /srv/swap: the kernel does not take it: Invalid argument') // the disk is an overlay
  assert.is(await must('ls -A /srv; grep -c swap /etc/fstab || :'), '0')
})

// Swap belongs to a machine and not to a host in a container, so here the kernel's part is played: a file stands for
// /proc/swaps, and two scripts write to it. All else is real.
const PLAYED = `
  printf 'Filename Type Size Used Priority\\n' >/run/swaps; mount --bind /run/swaps /proc/swaps; cd /usr/local/sbin
  printf '#!/bin/sh\\np=-2; [ "$1" != -p ] || { p=$2; shift 2; }\\necho "$2 file 1 0 $p" >>/run/swaps\\n' >swapon
  printf '#!/bin/sh\\ngrep -v "^$2 " /run/swaps >/run/rest; cat /run/rest >/run/swaps\\n' >swapoff
  chmod +x swapon swapoff`

test('swap, with the kernel played: create, no-op, drift, repair, absent; nothing is overwritten', async () => {
  await must(PLAYED)
  const wanted = swap('/srv/swap', { sizeMb: 4, priority: 5 })
  assert.equal(await mends(NAME, wanted), ['create file 4 MiB', 'update now off → on', 'update at boot on'])
  assert.is(
    await must('blkid -p -s TYPE -o value /srv/swap; stat -c "%a %s" /srv/swap; tail -n 1 /etc/fstab'),
    'swap\n600 4194304\n/srv/swap none swap sw,pri=5 0 0',
  )
  await must('findmnt --verify >/dev/null 2>&1 || findmnt --verify 2>&1 | grep -q "0 parse errors"')
  const drifts: readonly (readonly [drift: string, says: readonly string[]])[] = [
    ['swapoff -- /srv/swap; chmod 644 /srv/swap', ['update mode 644 root:root → 600 root:root', 'update now off → on']],
    ['sed -i s/pri=5/pri=6/ /etc/fstab', ['update at boot on']],
    ['sed -i "s/none swap sw,pri=5/swap swap pri=5,defaults/" /etc/fstab', []],
    ['swapoff -- /srv/swap; swapon -p 9 -- /srv/swap', ['update priority 9 → 5']],
  ]
  for (const [drift, says] of drifts) {
    await must(drift)
    assert.equal([drift, await mends(NAME, wanted)], [drift, says])
  }
  assert.equal(await mends(NAME, swap('/srv/swap', { sizeMb: 6, priority: 5 })), ['update size 4 MiB → 6 MiB'])
  await must('echo data >/srv/data')
  for (const other of [swap('/srv/data', { sizeMb: 1 }), swap('/srv/data', { ensure: 'absent' })])
    assert.equal(await plans(NAME, other), ['not-swap'])
  assert.match(await failure(onHost(host(NAME)).converge(swap('/srv/data', { sizeMb: 1 }))), 'is not overwritten')
  assert.match(await failure(onHost(host(NAME)).converge(swap('/dev/none', {}))), 'there is no such device')
  await mends(NAME, swap('/srv/swap', { ensure: 'absent' }))
  assert.is(
    await must('cat /srv/data; ls -A /srv; grep -c swap /etc/fstab /run/swaps || :'),
    'data\ndata\n/etc/fstab:0\n/run/swaps:0',
  )
})

test.run()
