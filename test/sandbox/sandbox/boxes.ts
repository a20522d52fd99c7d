/** Sandboxes: many hosts, several beside each other, gone again. */
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
import * as assert from 'uvu/assert'
import { cgroupOf, hasLegacy, madeCgroups, processesIn } from '../../../src/sandbox/cgroup.ts'
import { run } from '../../../src/sandbox/exec.ts'
import { openSandbox, SandboxError, sandboxLogin } from '../../../src/sandbox/index.ts'
import { wire } from '../../../src/sandbox/network/network.ts'
import { stateDir } from '../../../src/sandbox/state.ts'
import { STATE_FOLDERS } from '../../support/leftovers.ts'
import { ssh } from '../../support/ssh.ts'
import { until } from '../../support/until.ts'
import { alive, box, host, netOf, test, traces } from './ground.ts'

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
    seen.map(({ stdout, stderr }) => stdout + stderr),
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
  const sandbox = fileURLToPath(new URL('../../../src/sandbox/index.ts', import.meta.url))
  const program = `import { openSandbox } from ${JSON.stringify(sandbox)}
const box = await openSandbox({ name: ${JSON.stringify(name)}, network: ${net} })
console.log('begin')
await box.up([{ name: 'a', delayMs: 5 }, { name: 'b', light: true }, { name: 'c', release: '13' }])
await box.drop('c')
console.log('end')
await new Promise((resolve) => setTimeout(resolve, 60000))`
  const seen = new Set<number>()
  for (const most of [0, 1, 2, 4, 6, 9, 13, Number.POSITIVE_INFINITY]) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
    })
    await until('it has begun', () => said.startsWith('begin'))
    // how far it is at some time depends on what else the machine does; what it has made tells
    await until(`it has made ${most}`, async () => said.includes('end') || (await traces(name, net)).length >= most)
    const gone = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await gone
    const found = await traces(name, net)
    seen.add(found.length)
    const pids = processesIn(cgroupOf(name))
    const crashed = await openSandbox({ name, network: net })
    // the next up clears what is half made
    if (most % 4 === 0) await crashed.up([{ name: 'a' }, { name: 'b', light: true }])
    await crashed.down()
    assert.equal(await traces(name, net), [], `after ${most}`)
    assert.equal(alive(pids), [], `after ${most}`)
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
