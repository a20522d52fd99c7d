/** What stands in a step's way: each is said in one sentence, leaves nothing, and once it is gone all is well. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyScript } from '../../../src/engine/apply/apply-script.ts'
import { file } from '../../../src/index.ts'
import { decisionOf } from '../../support/decision.ts'
import { PATIENCE } from '../../support/until.ts'
import { full, type Row, rows } from './obstacles.ts'

const test = suite('what stands in the way')

/**
 * The apply of resources, by this machine's sh and in a file system of its own: with what is in the way, and again
 * without. `left`: what is half made in between.
 */
function tried({ before, wants, after }: Row) {
  const root = mkdtempSync(join(tmpdir(), 'provision-test-'))
  const [folder, run, state] = ['host', 'run', 'state'].map((name) => join(root, name)) as [string, string, string]
  const bin = join(root, 'bin')
  for (const path of [folder, run, bin, join(state, 'blob')]) mkdirSync(path, { recursive: true })
  // a minimal Debian 13 has no lsattr
  writeFileSync(join(bin, 'lsattr'), '#!/bin/sh\nexit 127\n', { mode: 0o755 })
  const resources = [wants(folder)].flat()
  const script = applyScript(decisionOf(resources))
  for (const { sha256, source } of script.blobs)
    writeFileSync(join(state, 'blob', sha256), source instanceof Uint8Array ? source : readFileSync(source.path))
  const text = script.text.replaceAll('/run/provision', run).replaceAll('/var/lib/provision', state)
  const once = `(set -e; run_id=x; eval "$body" </dev/null); echo "status $?"`
  const whole = `body=$(cat); cd ${folder}; ${before}
    cd ${folder}; ${once}; echo "left: $(find . -name '.*.provision*')"; ${after}
    ${once}; cd /; umount ${folder} 2>/dev/null; chattr -R -ia ${folder} 2>/dev/null; :`
  try {
    const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', `exec 2>&1; ${whole}`], {
      input: text,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, LC_ALL: 'C' },
      timeout: PATIENCE * 1000,
    })
    const lines = `${stdout}${stderr}`.replaceAll(folder, 'FOLDER').split('\n')
    const said = lines.filter((line) => line !== '' && !line.startsWith('x '))
    const left = said.findIndex((line) => line.startsWith('left:'))
    return { first: said.slice(left - 2, left + 1), last: said.at(-1), said: said.join('\n') }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Files that are written together: the one that cannot be is named. */
const together: readonly Row[] = [
  {
    what: 'a disk with room for only the first of two files',
    before: 'mount -t tmpfs -o size=64k tmpfs .; cd "$PWD"; head -c 20000 /dev/zero >fill',
    wants: (w) => ['a', 'b'].map((name) => file(`${w}/${name}`, { content: name.repeat(25_000) })),
    says: full('b'),
    after: 'rm fill',
  },
  {
    what: 'a full disk under the second of two files',
    before: 'mkdir a; mount -t tmpfs -o size=64k tmpfs a; head -c 90000 /dev/zero >a/fill || :',
    wants: (w) => ['b', 'a/b'].map((name) => file(`${w}/${name}`, { content: 'new'.repeat(5000) })),
    says: full('a/b').replace('at FOLDER', 'at FOLDER/a'),
    after: 'umount a',
  },
]

if (process.getuid?.() !== 0) console.log('not run here: only root can mount and lock files')
else
  for (const row of [...rows, ...together])
    test(row.what, () => {
      const { first, last, said } = tried(row)
      assert.match(first[1] ?? '', /^status [1-9]/, said)
      assert.equal([first[0], first[2], last], [row.says, 'left: ', 'status 0'], said)
    })

test.run()
