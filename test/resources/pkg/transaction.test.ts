import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { aptFunctions } from '../../../src/resources/packages/apt.ts'
import { pkg } from '../../../src/resources/packages/pkg.ts'
import { type PackageProps, transaction } from '../../../src/resources/packages/pkg-transaction.ts'
import { empty, join, type Script, sh } from '../../../src/shell/script.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('what a transaction of packages asks of apt')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

/**
 * An apt that has every package in version 1. Installations take what `turns` says, a word each: `hangs` while it
 * fetches, `missing` at the mirror, `slow` in a script of a package, or `ok`.
 */
const APT_GET = `#!/bin/sh
cd "\${0%/*}"
hook=
for word do
  case $word in
  -s)
    printf '%s\\n' 'Inst curl [0] (1 Debian:12 [amd64])' 'Inst libcurl4 (7 Debian:12 [amd64]) []' 'Inst jq (1 [all])' 'Remv curl [1]'
    exit ;;
  DPkg::Pre-Invoke::=*) hook=\${word#*=} ;;
  update) echo update >>calls; exit ;;
  install | upgrade) echo "$word" >>calls; break ;;
  esac
done
read -r turn rest <turns
echo "$rest" >turns
case $turn in
hangs) exec sleep 600 ;;
missing) echo 'E: Unable to fetch some archives' >&2; exit 100 ;;
esac
eval "$hook"
case $turn in
slow) sleep 7 ;;
broken) echo 'E: Unable to fetch what its script wanted' >&2; exit 100 ;;
esac
`
const OTHERS = {
  dpkg: '[ "$1" != --print-architecture ] || echo amd64',
  'dpkg-query': "printf '%s\\tii \\t0\\tamd64\\n' base curl",
  'apt-cache': `shift 2; case "$*" in *policy*) printf '%s:\\n  Candidate: 1\\n' curl jq ;; *) printf '%s\\n' curl jq ;; esac`,
  'apt-mark': ':',
}

/** The folder of this apt. */
function fakes(at: Place, turns: string): string {
  const bin = `${at.path}/bin`
  mkdirSync(bin, { recursive: true })
  writeFileSync(`${bin}/apt-get`, APT_GET, { mode: 0o755 })
  for (const [name, text] of Object.entries(OTHERS))
    writeFileSync(`${bin}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  writeFileSync(`${bin}/turns`, `${turns}\n`)
  return bin
}

const two = ['curl', 'jq'].map((name) => ({ name, props: pkg(name, {}).props as PackageProps }))

/** Runs a script, by default an installation of two packages, and returns what apt-get was called for. */
function calls(
  at: Place,
  turns: string,
  updated: 'now' | 'never' = 'now',
  script: Script = transaction(two, 600, 3),
): readonly string[] {
  const bin = fakes(at, turns)
  const stamp = updated === 'now' ? sh`mkdir -p /var/lib/provision; : >/var/lib/provision/apt.updated` : sh`:`
  try {
    at.run(join([sh`PATH=${bin}:$PATH`, stamp, script]))
    return said(bin)
  } catch (error) {
    return [...said(bin), (error as Error).message.trim().split('\n').at(-1) ?? '']
  }
}

/** What a plan says that these packages bring. */
function foreseen(at: Place, ...names: readonly string[]): readonly string[] {
  const bin = fakes(at, 'ok')
  const items = names.map((name) => ({ name, props: pkg(name, {}).props as PackageProps }))
  const script = pkg.type.foresee?.(items as never, [], []) ?? empty
  return at
    .run(join([sh`PATH=${bin}:$PATH`, sh`mkdir -p /var/lib/provision; : >/var/lib/provision/apt.updated`, script]))
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('!'))
}

const said = (bin: string): readonly string[] => readFileSync(`${bin}/calls`, 'utf8').trim().split('\n')

test('one call fetches and installs all packages', ({ at }) => {
  assert.equal(calls(at, 'ok'), ['install'])
})

test('one more call fetches the lists of a new host', ({ at }) => {
  assert.equal(calls(at, 'ok', 'never'), ['update', 'install'])
})

test('a download that hangs is repeated', ({ at }) => {
  assert.equal(calls(at, 'hangs ok'), ['install', 'install'])
})

test('a download that hangs twice is given up', ({ at }) => {
  assert.equal(calls(at, 'hangs hangs'), [
    'install',
    'install',
    'packages could not be fetched: apt-get had received nothing for 3 s, twice, and was ended',
  ])
})

test('lists that name files which the mirror has replaced are fetched again', ({ at }) => {
  assert.equal(calls(at, 'missing ok'), ['install', 'update', 'install'])
})

test("a package's own script may be silent for as long as it wants", ({ at }) => {
  assert.equal(calls(at, 'slow'), ['install'])
})

test('so it may in an upgrade of all packages', ({ at }) => {
  assert.equal(calls(at, 'slow', 'now', join([aptFunctions(600, 3), sh`apt_get upgrade`])), ['upgrade'])
})

test("what a package's own script fails with is not repeated", ({ at }) => {
  assert.equal(calls(at, 'broken'), ['install', 'E: Unable to fetch what its script wanted'])
})

test("a name with the host's own architecture means what apt calls by the name alone", ({ at }) => {
  const absent = { name: 'curl:amd64', props: pkg('curl:amd64', { ensure: 'absent' }).props as PackageProps }
  assert.equal(calls(at, 'ok', 'now', transaction([absent], 600, 3)), ['install'])
})

test('nor does plan list what is wanted by such a name as something else', ({ at }) => {
  assert.equal(foreseen(at, 'curl:amd64', 'jq:amd64'), ['libcurl4 7'])
  assert.equal(foreseen(at, 'curl', 'jq'), ['libcurl4 7'])
  assert.equal(foreseen(at, 'curl:i386', 'jq'), ['curl 1', 'libcurl4 7'])
})

test.run()
