// Whether the kernel has a module, and would have it after a boot, with a modprobe and a /sys of this test.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kernelModule } from '../../../src/index.ts'
import { empty, join, type Script, sh } from '../../../src/shell/script.ts'

const test = suite<{ folder: string }>('modules of the kernel')
test.before.each((context) => {
  context.folder = mkdtempSync(path(tmpdir(), 'kernel-module-'))
  mkdirSync(path(context.folder, 'sys'))
  mkdirSync(path(context.folder, 'lib/6.1'), { recursive: true })
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

/** Runs sh with a `modprobe` that has these lines; what it loads is then in /sys/module. */
function run(folder: string, modprobe: string, script: Script) {
  const text = script.text.replaceAll('/sys/module', `${folder}/sys`).replaceAll('/lib/modules', `${folder}/lib`)
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `set -e; modprobe() {\n${modprobe}\n}\n${text}`], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  return { status, said: stdout + stderr }
}

const uname = sh`uname() { echo 6.1; }`
const load = (name: string, spelt: string): Script =>
  join([uname, kernelModule(name, {}).type.functions ?? empty, sh`load_module ${[name, spelt]}`])
const LOADS = (module: string) => `case $1 in --) mkdir -p "$SYS/${module}" ;; esac`

test('loaded, by either spelling', ({ folder }) => {
  const loads = LOADS('br_netfilter').replace('$SYS', path(folder, 'sys'))
  assert.equal(run(folder, loads, load('br-netfilter', 'br_netfilter')), { status: 0, said: '' })
  assert.equal(run(folder, 'exit 9', load('x', 'br_netfilter')).status, 0, 'it is there: nothing is loaded')
})

test('one that is built in needs no directory', ({ folder }) => {
  writeFileSync(path(folder, 'lib/6.1/modules.builtin'), 'kernel/net/unix/unix.ko\nkernel/crypto/crc32c-generic.ko\n')
  const has = (name: string) =>
    run(folder, 'exit 9', join([uname, ...(kernelModule('x', {}).type.probeFunctions ?? []), sh`has_module ${name}`]))
  assert.equal([has('unix').status, has('crc32c_generic').status, has('uni').status], [0, 0, 1])
})

test('another name, a command instead of it, a boot that will not load it, and one that cannot be loaded', ({
  folder,
}) => {
  const cases: readonly [modprobe: string, says: string][] = [
    [
      'case $1 in -R) echo nf-conntrack ;; esac',
      'kernelModule ip_conntrack: that is another name for nf_conntrack: write that name\n',
    ],
    [
      ':',
      'kernelModule ip_conntrack: modprobe reports success, but the kernel does not have it; is there an "install ip_conntrack" in /etc/modprobe.d?\n',
    ],
    [
      `case $1 in --) mkdir -p ${path(folder, 'sys')}/ip_conntrack ;; --showconfig) echo blacklist ip-conntrack ;; esac`,
      'kernelModule ip_conntrack: a boot would not load it, because there is a "blacklist ip_conntrack" in /etc/modprobe.d\n',
    ],
  ]
  for (const [modprobe, said] of cases)
    assert.equal(run(folder, modprobe, load('ip_conntrack', 'ip_conntrack')), { status: 1, said })
  assert.equal(run(folder, 'echo FATAL >&2; return 1', load('no', 'no')), {
    status: 1,
    said: 'kernelModule no: it cannot be loaded: FATAL\n',
  })
})

test.run()
