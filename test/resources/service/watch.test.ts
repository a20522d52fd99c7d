import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyScript } from '../../../src/engine/apply/apply-script.ts'
import { file } from '../../../src/resources/files/file.ts'
import { service } from '../../../src/resources/systemd/service.ts'
import { join, type Script, sh } from '../../../src/shell/script.ts'
import { decided } from '../../support/decided.ts'
import { me, type Place, place } from '../../support/run-local.ts'
import { PATIENCE } from '../../support/until.ts'

const test = suite<{ at: Place }>('how services are watched')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

/**
 * A systemctl whose units do what `UNIT.life` says, a state a line, from their last start on: `SECONDS STATE RESTARTS`.
 * However long it takes on a busy machine, the first look comes at once.
 */
const SYSTEMCTL = `#!/bin/sh
cd "\${0%/*}/../units"
echo "$*" >>calls
[ "$1" != -q ] || shift
verb=$1; shift
case $verb in
is-active) [ -e "$1.began" ] ;;
start | restart | reload-or-restart)
  [ ! -e refused ] || { echo "Failed to $verb $1: Operation refused." >&2; exit 1; }
  cat /proc/uptime >"$1.began"; rm -f "$1.seen"; [ ! -e "$1.next" ] || mv "$1.next" "$1.life"
  [ ! -e group/next ] || mv group/next group/cgroup.procs ;;
show)
  for unit do case $unit in -*|*,*) continue ;; esac
    state=inactive restarts=0
    [ ! -e "$unit.began" ] || {
      state=active
      first=1; [ ! -e "$unit.seen" ] || first=0
      : >"$unit.seen"
      for word in $(cat "$unit.life" 2>/dev/null); do
        awk -v at="\${word%%:*}" -v first="$first" '{ up = $1; getline <"/proc/uptime"; exit !((first ? 0 : $1 - up) >= at) }' "$unit.began" || continue
        word=\${word#*:} state=\${word%%:*} restarts=\${word#*:}
      done
    }
    printf 'Type=%s\\nId=%s\\nActiveState=%s\\nNRestarts=%s\\nSubState=x\\nResult=%s\\nInvocationID=old\\nUnitFileState=static\\nMainPID=%s\\nControlGroup=/../../../%s\\n\\n' "$(cat type)" "$unit" "$state" "$restarts" "$(cat result 2>/dev/null || echo success)" "$(cat pid 2>/dev/null || echo 0)" "$PWD/group"
  done ;;
esac
`

/**
 * A host whose services live as is said: `0.3:failed:0` is failed 0.3 s after its start. `pid`: the main process of
 * each.
 */
function host(at: Place, lives: Readonly<Record<string, string>>, type = 'simple', pid = 0) {
  for (const dir of ['bin', 'units']) mkdirSync(`${at.path}/../${dir}`)
  writeFileSync(`${at.path}/../bin/systemctl`, SYSTEMCTL, { mode: 0o755 })
  writeFileSync(`${at.path}/../bin/journalctl`, '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(`${at.path}/../units/type`, type)
  writeFileSync(`${at.path}/../units/pid`, `${pid}`)
  for (const [unit, life] of Object.entries(lives))
    writeFileSync(`${at.path}/../units/${unit.includes('.') ? unit : `${unit}.service`}.life`, life)
  const names = Object.keys(lives)
  const resources = names.flatMap((name) => {
    const config = file(`${at.path}/${name}.conf`, { content: name, ...me })
    return [config, service(name, { enabled: false, restartOn: [config] })]
  })
  const is = {
    ...{ load: 'loaded', file: 'static', wantedBy: [], triggeredBy: [], canReload: true, restarts: 0, upFor: 0 },
    ...{ active: 'inactive', sub: 'dead', conditionFailed: false, older: [] },
  }
  const states = Object.fromEntries(names.map((name) => [`service ${name}`, is]))
  const script: Script = join([
    sh`PATH=${`${at.path}/../bin`}:$PATH; run_id=ID; exec 9>/dev/null`,
    applyScript(decided(resources, states)),
  ])
  const units = (name: string): string => readFileSync(`${at.path}/../units/${name}`, 'utf8').trim()
  return { script, calls: () => units('calls').split('\n') }
}

/** The calls that ask how what is watched is. */
const looksAmong = (calls: readonly string[]): readonly string[] => calls.filter((call) => call.includes(' -- '))

const markers = (said: string): string => (said.match(/^ID (ok|failed) \d+$/gm) ?? []).join(', ').replaceAll('ID ', '')

test('five are asked about together, and each costs four calls beside', ({ at }) => {
  const { script, calls } = host(at, { a: '', b: '', c: '', d: '', e: '' })
  const said = at.run(script)
  assert.is(markers(said), 'ok 1, ok 3, ok 5, ok 7, ok 9, ok 2, ok 4, ok 6, ok 8, ok 10')
  const looks = looksAmong(calls())
  const others = calls().filter((call) => !call.includes(' -- ') && !call.startsWith('-q is-active'))
  assert.is(others.length, 5 * 4, calls().join('\n'))
  assert.ok(looks.length <= 10 && looks.some((look) => /a\.service .*e\.service/.test(look)), calls().join('\n'))
})

test('five whose processes live are asked about once, when they are a second old', ({ at }) => {
  const { script, calls } = host(at, { a: '', b: '', c: '', d: '', e: '' }, 'simple', process.pid)
  at.run(script)
  assert.is(looksAmong(calls()).length, 1, calls().join('\n'))
})

test('one of a type that says itself when it is up is not watched', ({ at }) => {
  const { script, calls } = host(at, { a: '' }, 'notify')
  assert.is(markers(at.run(script)), 'ok 1, ok 2')
  assert.is(looksAmong(calls()).length, 0)
})

test('a path unit fails with the service that it starts', ({ at }) => {
  const { script } = host(at, { 'a.path': '0.2:failed:0' }, '')
  writeFileSync(`${at.path}/../units/result`, 'unit-start-limit-hit')
  assert.throws(() => at.run(script), /a\.path did not stay up: it is failed \(unit-start-limit-hit\)\.$/m)
})

for (const [result, says] of [
  ['exit-code', /a\.service did not stay up: it is failed\./],
  ['unit-start-limit-hit', /a\.service did not stay up: it is failed \(unit-start-limit-hit\)\./],
  ['oom-kill', /a\.service did not stay up: it is failed \(oom-kill\)\./],
] as const)
  test(`a service whose result is ${result}`, ({ at }) => {
    const { script } = host(at, { a: '0:failed:0' })
    writeFileSync(`${at.path}/../units/result`, result)
    assert.throws(() => at.run(script), says)
  })

const fates: readonly (readonly [string, string, RegExp | undefined])[] = [
  ['stays up', '', undefined],
  ['is just being reloaded', '0:reloading:0 0.5:refreshing:0', undefined],
  ['dies at once', '0:failed:0', /b\.service did not stay up: it is failed/],
  ['dies after a while', '0.7:failed:0', /b\.service did not stay up: it is failed/],
  ['ends by itself', '0.7:inactive:0', /b\.service did not stay up: it is inactive/],
  ['is started anew by systemd', '0.7:active:1', /b\.service did not stay up: it keeps failing/],
  ['cleans up before it dies', '0.5:deactivating:0 1.6:failed:0', /b\.service did not stay up: it is failed/],
]
for (const [what, life, says, pid] of fates.flatMap(([what, life, says]) => [
  [what, life, says, 0] as const,
  [`${what}, though a process of it lives`, life, says, process.pid] as const,
]))
  test(`the second of three that ${what}`, ({ at }) => {
    const { script } = host(at, { a: '', b: life, c: '' }, 'simple', pid)
    const said = join([sh`exec >${`${at.path}/../said`}`, script])
    if (says === undefined) at.run(said)
    else assert.throws(() => at.run(said), says)
    const told = markers(readFileSync(`${at.path}/../said`, 'utf8'))
    const late =
      says !== undefined && life.startsWith('0.') ? 'ok 1, ok 3, ok 5, failed 4' : 'ok 1, ok 3, failed 4, ok 2'
    assert.is(told, says === undefined ? 'ok 1, ok 3, ok 5, ok 2, ok 4, ok 6' : late)
  })

/** Processes of a unit that runs before and after its restart, and how often it is looked at until it counts as up. */
const doings: readonly (readonly [string, string, string, number])[] = [
  ['the same', 'exec sleep 997', 'exec sleep 997', 12],
  ['something else', 'exec sleep 997', 'exec sleep 998', Number.POSITIVE_INFINITY],
  ['more than before', 'exec sleep 997', 'sleep 997 & exec sleep 997', Number.POSITIVE_INFINITY],
  ['work', 'while :; do :; done', 'while :; do :; done', Number.POSITIVE_INFINITY],
]
/** The number of the system call that a process is in. */
const waitsIn = (pid?: number): string => readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ')[0] ?? ''

function until(isSo: () => boolean): void {
  for (const end = performance.now() + PATIENCE * 1000; !isSo(); execFileSync('sleep', ['0.05']))
    assert.ok(performance.now() < end, 'not all of them wait')
}

if (process.getuid?.() !== 0) console.log("not run here: only root can see what others' processes wait for")
for (const [what, before, after, most] of process.getuid?.() === 0 ? doings : [])
  test(`what dies after two seconds, ${most === 12 ? 'unless' : 'though'} its processes do ${what}`, ({ at }) => {
    const { script, calls } = host(at, { a: most === 12 ? '' : '2:failed:0' })
    const units = `${at.path}/../units`
    const children = [before, after].map((words) => spawn('sh', ['-c', words], { stdio: 'ignore', detached: true }))
    try {
      if (most === 12) until(() => new Set(['running', ...children.map(({ pid }) => waitsIn(pid))]).size === 2)
      mkdirSync(`${units}/group`)
      for (const [i, name] of ['cgroup.procs', 'next'].entries())
        writeFileSync(`${units}/group/${name}`, `${children[i]?.pid}\n`)
      if (after.includes('&')) writeFileSync(`${units}/group/next`, `${children[1]?.pid}\n${children[0]?.pid}\n`)
      writeFileSync(`${units}/a.service.began`, '0')
      if (most === 12) assert.is(markers(at.run(script)), 'ok 1, ok 2')
      else assert.throws(() => at.run(script), /a\.service did not stay up: it is failed/)
      assert.ok(looksAmong(calls()).length <= most, calls().join('\n'))
    } finally {
      for (const { pid } of children) if (pid !== undefined) process.kill(-pid)
    }
  })

test('what systemctl itself says is the reason where the journal knows none', ({ at }) => {
  const { script } = host(at, { a: '' })
  writeFileSync(`${at.path}/../units/refused`, '')
  const text = script.text.replaceAll('/var/lib/provision', `${at.path}/../state`)
  const { stdout, stderr } = spawnSync('sh', ['-c', `set -e\n${text}`], { encoding: 'utf8' })
  const said = `${stdout}${stderr}`
  assert.ok(
    said.endsWith('a.service did not start. Its last words:\nFailed to start a.service: Operation refused.\n'),
    said,
  )
})

test.run()
