/** A swap file that has no room: plan says so, and the step writes nothing. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { swap } from '../../../src/index.ts'
import { empty, join, type Script, sh } from '../../../src/shell/script.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('room for swap')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

/** Four MiB are left everywhere. */
const host = sh`df() { printf 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/x 9 9 4096 9 /\n'; }`

const foreseen = (at: Place, sizeMb: number): string => {
  const { type, name, props } = swap(`${at.path}/swap`, { sizeMb })
  return at.run(join([host, type.foresee?.([{ name, props }], [], []) ?? empty])).replace(at.path, '')
}

test('plan tells that there is none', ({ at }) => {
  assert.is(foreseen(at, 5), '!\t/swap\tits file system has room for 4 MiB, not for 5\n')
  assert.is(foreseen(at, 4), '')
})

test('the step writes nothing', ({ at }) => {
  const { type } = swap('/swap', { sizeMb: 5 })
  const path = `${at.path}/swap`
  assert.throws(
    () => at.run(join([host, type.functions ?? empty, sh`swap_file ${[path, 5]}`])),
    new RegExp(`swap ${path}: its file system has room for 4 MiB, not for 5`),
  )
  assert.not(existsSync(path))
})

test('what swap holds must fit elsewhere before it is turned off', ({ at }) => {
  const { type } = swap('/swap', { sizeMb: 5 })
  const path = `${at.path}/swap`
  const off = (memory: number, other: number, does: string): string => {
    writeFileSync(
      `${at.path}/swaps`,
      `Filename Type Size Used Priority\n${path} file 9000 4096 -2\n/o file ${other} 0 -3\n`,
    )
    writeFileSync(`${at.path}/meminfo`, `MemTotal: 9 kB\nMemAvailable: ${memory} kB\n`)
    const script = join([probe ?? empty, type.functions ?? empty, sh`swapoff() { ${does}; }`, sh`swap_off ${path}`])
    return at.run({ ...script, text: script.text.replace(/\/proc\/(swaps|meminfo)/g, `${at.path}/$1`) } as Script)
  }
  const [probe] = type.probeFunctions ?? []
  assert.is(off(2048, 2048, ':'), '')
  assert.throws(
    () => off(1024, 2048, ':'),
    /swap \S+: it cannot be turned off: it holds 4 MiB, and elsewhere there is room for 3\n/,
  )
  assert.throws(() => off(4096, 0, 'false'), /swap \S+: it cannot be turned off: \n/)
})

test('an old swap file stays, and stays on, until the kernel has taken the new one', ({ at }) => {
  const { type } = swap('/swap', { sizeMb: 5 })
  const path = `${at.path}/swap`
  const log = `${at.path}/log`
  const resized = (takes: boolean): string => {
    writeFileSync(path, 'old')
    writeFileSync(`${at.path}/swaps`, `Filename Type Size Used Priority\n${path} file 9000 0 -2\n`)
    writeFileSync(log, '')
    const fakes = sh`
      mkswap() { :; }
      swapoff() { echo "off $2" >>${log}; }
      swapon() { echo "on $2" >>${log}; ${takes ? sh`:` : sh`echo 'swapon: /x: swapon failed: Invalid argument'; false`}; }`
    const script = join([
      ...(type.probeFunctions ?? []),
      type.functions ?? empty,
      fakes,
      sh`set -e; swap_file ${[path, 5]}`,
    ])
    return at.run({ ...script, text: script.text.replace(/\/proc\/swaps/g, `${at.path}/swaps`) } as Script)
  }
  const told = (): string => readFileSync(log, 'utf8').replaceAll(at.path, '')
  assert.throws(() => resized(false), new RegExp(`swap ${path}: the kernel does not take it: Invalid argument `))
  assert.is(readFileSync(path, 'utf8'), 'old')
  assert.equal(readdirSync(at.path).sort(), ['log', 'swap', 'swaps'])
  assert.not.match(told(), 'off /swap\n')
  resized(true)
  assert.is(statSync(path).size, 5 * 1048576)
  assert.is(told(), 'on /.swap.provision\noff /.swap.provision\noff /swap\n')
})

test('a swap file needs its directory', () => {
  const { type, props } = swap('/srv/swap', { sizeMb: 5 })
  assert.equal(type.needs?.('/srv/swap', props), [{ kind: 'directory', name: '/srv', of: 'path', planned: true }])
})

test.run()
