// Files that are replaced keep their access control lists, which Debian's own tools for them need not be there for.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyScript } from '../../../src/engine/apply/apply-script.ts'
import { file, line, type Resource, Secret } from '../../../src/index.ts'
import { decisionOf } from '../../support/decision.ts'
import { PATIENCE } from '../../support/until.ts'

const test = suite('access control lists')
const root = mkdtempSync(join(tmpdir(), 'provision-test-'))
test.after(() => rmSync(root, { recursive: true, force: true }))

// user:1 may read: version 2, then tag, permissions and id of each entry, with the mask r--
const ACL = '02000000 01000600ffffffff 0200040001000000 04000400ffffffff 10000400ffffffff 20000400ffffffff'.replaceAll(
  ' ',
  '',
)
const CALLS: Partial<Record<string, readonly [set: number, get: number]>> = { x64: [188, 191], arm64: [5, 8] }
const [SET, GET] = CALLS[process.arch] ?? []
const perl = (program: string, ...args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync('perl', ['-e', program, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}
/** Perl that has the path, a buffer and the number of the system call; perl changes none of its constants. */
const HAS = (buffer: string): string =>
  `my ($path, $acl, $call, $name) = ($ARGV[0], ${buffer}, $ARGV[1] + 0, "system.posix_acl_access");`
/** Gives a file the list. @returns false where the file system has none */
const give = (path: string): boolean =>
  perl(
    `${HAS('pack("H*", $ARGV[2])')} print syscall($call, $path, $name, $acl, length $acl, 0)`,
    ...[path, String(SET), ACL],
  ) === '0'
/** A file's list in hexadecimal; empty if it has none. */
const listOf = (path: string): string =>
  perl(
    `${HAS('pack("x200")')} my $n = syscall($call, $path, $name, $acl, 200); print unpack "H*", substr $acl, 0, $n if $n > 0`,
    ...[path, String(GET)],
  )

function applied(...resources: readonly Resource[]): void {
  const text = applyScript(decisionOf(resources))
    .text.replaceAll('/run/provision', join(root, 'run'))
    .replaceAll('/var/lib/provision', join(root, 'state'))
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', 'umask 022; (set -e; run_id=x; eval "$body" </dev/null); echo $?'],
    {
      env: { ...process.env, LC_ALL: 'C', body: text },
      encoding: 'utf8',
      timeout: PATIENCE * 1000,
    },
  )
  assert.is(stdout.trim().split('\n').at(-1), '0', `${stdout}${stderr}`)
}

/** A folder with files, each with the list; undefined where that cannot be. */
function listed(...names: readonly string[]): string | undefined {
  const folder = mkdtempSync(join(root, 'host-'))
  for (const name of ['run', 'state']) mkdirSync(join(root, name), { recursive: true })
  for (const name of names) {
    writeFileSync(join(folder, name), 'old\n', { mode: 0o644 })
    if (!give(join(folder, name))) return undefined
  }
  return folder
}

const first = process.getuid?.() === 0 && SET !== undefined ? listed('a') : undefined
if (first === undefined) console.log('not run here: this needs root, and a file system with access control lists')
else {
  const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8)
  const others = { owner: 'root', group: 'root' }

  for (const [what, make] of [
    ['one', (at: string) => [file(`${at}/a b`, { content: 'new', ...others })]],
    ['several together', (at: string) => ['a b', 'c'].map((name) => file(`${at}/${name}`, { content: 'new' }))],
    ['one that is checked', (at: string) => [file(`${at}/a b`, { content: 'new', validate: ['test', '-s', '%s'] })]],
    ['one with other lines', (at: string) => [line('l', { path: `${at}/a b`, line: 'new' })]],
  ] as const)
    test(`${what}: kept`, () => {
      const at = listed('a b', 'c') ?? ''
      applied(...make(at))
      assert.equal([listOf(`${at}/a b`), mode(`${at}/a b`)], [ACL, '644'])
    })

  test('a secret with a mode for its owner alone: nobody else may read it, and a new file has no list', () => {
    const at = listed('key') ?? ''
    applied(file(`${at}/key`, { content: new Secret('s'), mode: '0600' }), file(`${at}/new`, { content: 'x' }))
    const masked = ACL.replace('10000400ffffffff', '10000000ffffffff').replace('20000400', '20000000')
    assert.equal([listOf(`${at}/key`), mode(`${at}/key`)], [masked, '600'])
    assert.is(listOf(`${at}/new`), '')
  })
}

test.run()
