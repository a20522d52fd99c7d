import * as assert from 'uvu/assert'
import { journal } from '../../support/journal.ts'
import { ssh } from '../../support/ssh.ts'
import { until } from '../../support/until.ts'
import { box, host, test } from './ground.ts'

for (const [name, release] of [
  ['twelve', '12'],
  ['thirteen', '13'],
] as const) {
  test(`${name}: systemd runs, users log in with the pinned key, sudo works`, async () => {
    assert.is((await host(name).sh('systemctl is-system-running --wait')).stdout, 'running\n')
    for (const user of ['admin', 'ubuntu', 'root']) {
      const { code, stdout } = await ssh(
        host(name),
        'id -un; sudo -n id -u; hostname; . /etc/os-release; echo $VERSION_ID',
        { user },
      )
      assert.is(code, 0)
      assert.equal(stdout.split('\n'), [user, '0', name, release, ''])
    }
  })

  test(`${name}: holds none of the capabilities that reach the machine`, async () => {
    const bounding = (await ssh(host(name), "sudo sed -n 's/^CapBnd:\\t//p' /proc/1/status /proc/self/status")).stdout
      .trim()
      .split('\n')
    const direct = (await host(name).sh("sed -n 's/^CapBnd:\\t//p' /proc/self/status")).stdout.trim()
    assert.is(bounding.length, 2)
    for (const mask of [...bounding, direct])
      for (const bit of [16, 25, 34, 35])
        assert.is((BigInt(`0x${mask}`) >> BigInt(bit)) & 1n, 0n, `capability ${bit} in ${mask}`)
    assert.is.not((await host(name).sh('date -s 2020-01-01')).code, 0)
    assert.is.not((await host(name).sh('echo 1 >/proc/sys/kernel/sysrq')).code, 0)
    assert.is((await host(name).sh('echo 1 >/proc/sys/net/ipv4/ip_forward')).code, 0)
  })

  test(`${name}: packages come through the cache; chrony runs and leaves the clock alone`, async () => {
    const { code, stdout, stderr } = await host(name).sh(
      'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install chrony',
    )
    assert.is(code, 0, `${stdout}\n${stderr}`)
    assert.is((await host(name).sh('systemctl is-active chrony')).stdout, 'active\n')
    assert.match((await host(name).sh(journal('-b -u chrony'))).stdout, 'Disabled control of system clock')
    assert.is((await host(name).sh('systemctl restart chrony && systemctl is-system-running')).stdout, 'running\n')
  })
}

test('sh: status, both outputs and input arrive', async () => {
  assert.equal(await host('twelve').sh('cat; echo no >&2; exit 7', 'in\n'), { code: 7, stdout: 'in\n', stderr: 'no\n' })
})

test('hosts reach each other', async () => {
  assert.is((await host('twelve').sh(`ping -c1 -W2 ${host('thirteen').address}`)).code, 0)
})

test('kill is a power cut, boot brings the same disk and key back', async () => {
  const boot = 'cat /proc/sys/kernel/random/boot_id'
  const before = (await ssh(host('twelve'), `echo kept >kept; sync; ${boot}`)).stdout
  await box.kill('twelve')
  assert.is.not((await ssh(host('twelve'), 'true', { seconds: 5 })).code, 0)
  assert.is((await box.list()).find(({ name }) => name === 'twelve')?.state, 'stopped')
  for (const refused of [host('twelve').sh('true'), box.freeze('twelve')])
    await refused.then(
      () => assert.unreachable('a host that does not run was used'),
      (error: Error) => assert.match(error.message, /twelve does not run: boot it first/),
    )
  await box.boot('twelve')
  const [kept, after] = (await ssh(host('twelve'), `cat kept; ${boot}`)).stdout.split('\n')
  assert.is(kept, 'kept')
  assert.is.not(`${after}\n`, before)
})

test('stop shuts down in order; a reboot from inside comes back', async () => {
  await host('thirteen').sh(`cat >/etc/systemd/system/last.service <<E
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/bin/sh -c 'echo orderly >>/last'
[Install]
WantedBy=multi-user.target
E
systemctl enable -q --now last`)
  await box.stop('thirteen')
  await box.boot('thirteen')
  assert.is((await host('thirteen').sh('cat /last')).stdout, 'orderly\n')
  const before = (await host('thirteen').sh('cat /proc/sys/kernel/random/boot_id')).stdout
  await ssh(host('thirteen'), 'sudo systemctl reboot', { seconds: 60 }) // whether it hears of its end or not
  await until(
    'it is back',
    async () => {
      const { stdout } = await ssh(host('thirteen'), 'cat /proc/sys/kernel/random/boot_id', { seconds: 20 })
      return stdout !== '' && stdout !== before
    },
    100,
  )
})

const faults = [
  { on: 'cut', off: 'heal', status: { link: 'cut', state: 'running' } },
  { on: 'drop', off: 'undrop', status: { link: 'dropping', state: 'running' } },
  { on: 'freeze', off: 'thaw', status: { link: 'up', state: 'frozen' } },
] as const

for (const { on, off, status } of faults)
  test(`${on}: no login, and ${off} brings it back; the other host stays`, async () => {
    await box[on]('twelve')
    const { link, state } = (await box.list()).find(({ name }) => name === 'twelve') ?? {}
    assert.equal({ link, state }, status)
    assert.is.not((await ssh(host('twelve'), 'true', { seconds: 4 })).code, 0)
    assert.is((await ssh(host('thirteen'), 'true')).code, 0)
    if (on !== 'freeze') assert.is((await host('twelve').sh('echo inside')).stdout, 'inside\n')
    await box[off]('twelve')
    assert.is((await ssh(host('twelve'), 'true')).code, 0)
  })

test('delay adds a round trip to a running host, and goes again', async () => {
  /** The quickest of ten, in milliseconds: the others also show how busy this machine is. */
  const ping = async (): Promise<number> =>
    Number(/= ([\d.]+)\//.exec((await host('thirteen').sh(`ping -c10 -i0.2 -q ${host('twelve').address}`)).stdout)?.[1])
  await box.delay('twelve', 40)
  // one that a busy machine holds up is slower than the cable
  await until('it is not slower than told', async () => {
    const slow = await ping()
    assert.ok(slow > 39, `${slow} ms`)
    return slow < 80
  })
  await box.delay('twelve', 0)
  await until('it is fast again', async () => (await ping()) < 20)
})

test('reset: a new disk under the same address and key', async () => {
  const { hostKey } = host('twelve')
  await host('twelve').sh('touch /gone')
  await box.reset('twelve')
  assert.is(host('twelve').hostKey, hostKey)
  assert.is((await ssh(host('twelve'), 'test -e /gone')).code, 1)
})
