import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cgroupOf, hasLegacy, madeCgroups, processesIn } from '../../src/sandbox/cgroup.ts'
import { run } from '../../src/sandbox/exec.ts'
import { openSandbox, SandboxError, sandboxLogin } from '../../src/sandbox/index.ts'
import { wire } from '../../src/sandbox/network/network.ts'
import { boxPaths, stateDir } from '../../src/sandbox/state.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { STATE_FOLDERS } from '../support/leftovers.ts'
import { ssh } from '../support/ssh.ts'

const test = suite('sandbox')
const { box, host } = await withHosts(test, import.meta.url, [{ name: 'twelve' }, { name: 'thirteen', release: '13' }])

/** Everything of a sandbox that this machine still knows of, by the names the sandbox uses. */
const traces = async (name: string, net: number): Promise<string[]> => {
  const mine = new RegExp(`\\bpsbt?${net}(?:[-_:@ ]|$)`)
  const lines = async (command: string, ...args: string[]): Promise<string[]> =>
    (await run(command, args)).split('\n').filter((line) => mine.test(line))
  return [
    ...(await lines('ip', '-o', 'link')),
    ...(await lines('ip', 'netns')),
    ...(await lines('nft', 'list', 'tables')),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${boxPaths(stateDir(), name).root}/`) || mine.test(line)),
    ...madeCgroups(name),
    ...(existsSync('/run/systemd/nspawn/propagate')
      ? readdirSync('/run/systemd/nspawn/propagate').filter((entry) => mine.test(entry))
      : []),
    ...(existsSync(boxPaths(stateDir(), name).root) ? [boxPaths(stateDir(), name).root] : []),
  ]
}

/** Pids that still run; a zombie that process 1 has not yet collected does not. */
const alive = (pids: readonly number[]): number[] =>
  pids.filter(
    (pid) => existsSync(`/proc/${pid}/stat`) && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')),
  )

const netOf = (address: string): number => Number(address.split('.')[2])

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
  await ssh(host('thirteen'), 'sudo systemctl reboot')
  let after = before
  for (let n = 0; n < 300 && (after === before || after === ''); n++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    after = (
      await ssh(host('thirteen'), 'cat /proc/sys/kernel/random/boot_id', { seconds: 3 }).catch(() => ({ stdout: '' }))
    ).stdout
  }
  assert.is.not(after, before)
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
  const slow = await ping()
  assert.ok(slow > 39 && slow < 80, `${slow} ms`)
  await box.delay('twelve', 0)
  assert.ok((await ping()) < 20)
})

test('reset: a new disk under the same address and key', async () => {
  const { hostKey } = host('twelve')
  await host('twelve').sh('touch /gone')
  await box.reset('twelve')
  assert.is(host('twelve').hostKey, hostKey)
  assert.is((await ssh(host('twelve'), 'test -e /gone')).code, 1)
})

test('bake: a new host has the packages from the start', async () => {
  await box.up([{ name: 'oven' }])
  assert.is((await host('oven').sh('apt-get -q update && apt-get -q -y install --no-install-recommends tree')).code, 0)
  await box.bake('oven', `${box.name}.tree`)
  assert.ok(box.hasLayer(`${box.name}.tree`))
  const [fresh] = await box.up([{ name: 'fresh', layer: `${box.name}.tree` }])
  assert.ok(fresh)
  assert.is((await ssh(fresh, 'tree --version >/dev/null && hostname')).stdout, 'fresh\n')
  await box.remove('fresh')
  rmSync(join(stateDir(), 'layers', `${box.name}.tree`), { recursive: true })
  assert.throws(
    () => host('fresh'),
    (error: unknown) => error instanceof SandboxError,
  )
})

test('light hosts: twelve of them, logins and sh', async () => {
  const names = Array.from({ length: 12 }, (_, n) => ({ name: `light-${n + 1}`, light: true }))
  const made = await box.up(names)
  const seen = await Promise.all(made.map((each) => ssh(each, 'hostname; sudo id -u')))
  assert.equal(
    seen.map(({ stdout }) => stdout),
    made.map(({ name }) => `${name}\n0\n`),
  )
  const mounts = Number((await host('light-12').sh('grep -c . /proc/mounts')).stdout)
  assert.ok(mounts < 20, `${mounts} mounts: the machine's are among them`)
  assert.is((await host('light-1').sh("sed -n 's/^CapBnd:\\t//p' /proc/1/status")).stdout.trim().length, 16)
  assert.is.not((await host('light-1').sh('echo 1 >/proc/sys/kernel/sysrq')).code, 0)
  await box.remove(...names.map(({ name }) => name))
})

test('all hosts together weigh more than one process of the machine, where a cgroup says what they weigh', () => {
  for (const file of ['cpu.weight', 'cpu.shares'])
    for (const path of madeCgroups().map((dir) => join(dir, file)))
      if (existsSync(path)) assert.is(readFileSync(path, 'utf8').trim(), file === 'cpu.weight' ? '1000' : '10240', path)
})

test('up again is a no-op; another address or release is refused in one sentence', async () => {
  const pids = processesIn(cgroupOf(box.name)).filter((pid) =>
    processesIn(cgroupOf(`${box.name}/hosts/thirteen`)).includes(pid),
  )
  await box.up([{ name: 'thirteen', release: '13' }])
  assert.ok(alive(pids).length > 5)
  for (const [wrong, words] of [
    [{ name: 'thirteen', release: '12' }, /exists already, with release 13, not 12/],
    ...(hasLegacy()
      ? ([
          [{ name: 'thirteen', unified: false }, /exists already, with cgroup v2, not v1: remove it first/],
          [{ name: 'x', release: '13', unified: false }, /x: Debian 13 does not boot on cgroup v1/],
        ] as const)
      : []), // elsewhere every host sees v2
    [{ name: 'Thirteen' }, /is not a name for a host/],
    [{ name: 'x', address: '10.78.0.1' }, /needs an address from 10\.77/],
    [{ name: 'x', layer: 'none' }, /no layer "none"/],
    [{ name: 'x', address: host('thirteen').address }, /same address/],
  ] as const)
    await box.up([wrong]).then(
      () => assert.unreachable(`${JSON.stringify(wrong)} was accepted`),
      (error: Error) => assert.match(error.message, words),
    )
})

test('two sandboxes live side by side', async () => {
  const other = await openSandbox({ name: `${box.name}.2` })
  const [guest] = await other.up([{ name: 'twelve', light: true }])
  assert.ok(guest)
  assert.is.not(netOf(guest.address), netOf(host('twelve').address))
  assert.is((await ssh(guest, 'hostname')).stdout, 'twelve\n')
  await other.down()
  assert.equal(await traces(other.name, netOf(guest.address)), [])
  assert.is((await ssh(host('twelve'), 'true')).code, 0)
})

test('a tool that is killed in the middle of up leaves nothing that down does not find', async () => {
  const name = `${box.name}.crash`
  const net = 254
  const sandbox = fileURLToPath(new URL('../../src/sandbox/index.ts', import.meta.url))
  const program = `import { openSandbox } from ${JSON.stringify(sandbox)}
const box = await openSandbox({ name: ${JSON.stringify(name)}, network: ${net} })
console.log('begin')
await box.up([{ name: 'a', delayMs: 5 }, { name: 'b', light: true }, { name: 'c', release: '13' }])
await box.drop('c')
console.log('end')
await new Promise((resolve) => setTimeout(resolve, 60000))`
  const seen = new Set<number>()
  for (const wait of [0, 60, 120, 200, 300, 450, 700, 1500]) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await new Promise((resolve) => setTimeout(resolve, wait))
    const gone = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await gone
    const found = await traces(name, net)
    seen.add(found.length)
    const pids = processesIn(cgroupOf(name))
    const crashed = await openSandbox({ name, network: net })
    // the next up clears what is half made
    if (wait % 200 === 0) await crashed.up([{ name: 'a' }, { name: 'b', light: true }])
    await crashed.down()
    assert.equal(await traces(name, net), [], `after ${wait} ms`)
    assert.equal(alive(pids), [], `after ${wait} ms`)
  }
  assert.ok(seen.size > 3, 'the crashes hit different points')
})

test('another state folder: unpacks the kept image, has a key and a cache of its own, and purge removes it all', async () => {
  const dir = mkdtempSync(join(STATE_FOLDERS, `${box.name}.`))
  chmodSync(dir, 0o755) // apt-cacher-ng is a user of its own
  const addresses = async (): Promise<number> =>
    (await run('ip', ['-o', 'addr', 'show', 'dev', 'lo'])).match(/10\.77\.255\./g)?.length ?? 0
  const before = await addresses()
  const kept = join(stateDir(), 'images')
  mkdirSync(join(dir, 'images'))
  for (const file of readdirSync(kept).filter((name) => name.endsWith('.tar.zst')))
    linkSync(join(kept, file), join(dir, 'images', file))
  const said: string[] = []
  const other = await openSandbox({ name: `${box.name}.3`, dir, onProgress: (message) => said.push(message) })
  try {
    const [guest] = await other.up([{ name: 'guest', release: '13' }])
    assert.ok(guest)
    assert.equal(said, ['unpacking Debian 13', 'booting guest'])
    assert.is.not(guest.identityFile, host('thirteen').identityFile)
    assert.equal(sandboxLogin(guest.address, dir), {
      user: 'admin',
      identityFile: guest.identityFile,
      hostKey: guest.hostKey,
    })
    assert.is(sandboxLogin(guest.address), undefined)
    assert.is((await ssh(guest, 'sudo apt-get -q update', { seconds: 90 })).code, 0)
    assert.is(await addresses(), before + 1)
  } finally {
    await other.down({ purge: true })
  }
  assert.equal(readdirSync(dir), [])
  assert.is(await addresses(), before)
  rmdirSync(dir)
})

test('down leaves nothing', async () => {
  const net = netOf(host('twelve').address)
  const pids = processesIn(cgroupOf(box.name))
  const found = await traces(box.name, net)
  for (const part of [`psb${net}:`, wire(host('twelve').address), 'overlay', '/hosts/', 'cgroup'])
    assert.ok(
      found.some((line) => line.includes(part)),
      `the search itself finds ${part}`,
    )
  assert.ok(pids.length > 10)
  await box.down()
  assert.equal(await traces(box.name, net), [])
  assert.equal(alive(pids), [])
  await box.down() // and again is no error
})

test.run()
