/** What another program makes between two looks of one probe is seen by it: it never says nothing about a path. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseObservation, questions } from '../../src/engine/observe/observe.ts'
import { directory, file, link } from '../../src/index.ts'
import type { Resource } from '../../src/model/resource.ts'
import { framed } from '../../src/shell/frame.ts'

const test = suite('appears')
const NAMES = ['plain', 'it’s "here"', 'back\\slash', ...Array.from({ length: 250 }, (_, i) => `many-${i}`)]

/** The states of these paths where `make` runs as soon as `stat` has looked at them for the first time. */
function seen(resources: (folder: string) => readonly Resource[], make: string) {
  const folder = mkdtempSync(join(tmpdir(), 'provision-appears-'))
  const bin = join(folder, '.bin')
  try {
    spawnSync('mkdir', [bin])
    const script = `#!/bin/sh
/usr/bin/stat "$@"; is=$?
if mkdir '${bin}/once' 2>/dev/null; then cd '${folder}' && { ${make}; }; fi
exit $is
`
    writeFileSync(join(bin, 'stat'), script)
    chmodSync(join(bin, 'stat'), 0o755)
    const wanted = resources(folder)
    const { stdout, stderr } = spawnSync('sh', {
      input: framed('n0nce', questions(wanted)).text,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    })
    const { states, errors } = parseObservation('n0nce', stdout, stderr, wanted)
    assert.equal(errors, [])
    return wanted.map(({ id }) => states.get(id))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (const names of [NAMES.slice(0, 3), NAMES]) {
  const made = names.slice(0, 3).map((_, i) => `"$${i + 1}"`)
  const set = `set -- ${names
    .slice(0, 3)
    .map((name) => `'${name}'`)
    .join(' ')}`

  test(`a directory, of ${names.length} paths`, () => {
    const all = seen(
      (folder) => names.map((name) => directory(join(folder, name), {})),
      `${set}; mkdir ${made.join(' ')}`,
    )
    for (const is of all.slice(0, 3)) assert.match(JSON.stringify(is), /"kind":"directory"/)
    for (const is of all.slice(3)) assert.is(is, 'absent')
  })

  test(`a file, of ${names.length} paths`, () => {
    const wanted = (folder: string) => names.map((name) => file(join(folder, name), { content: 'x' }))
    const all = seen(wanted, `${set}; for f do printf y >"$f"; done`)
    for (const is of all.slice(0, 3)) assert.match(JSON.stringify(is), /"kind":"regular file".*"content":\{/)
    for (const is of all.slice(3)) assert.is(is, 'absent')
  })

  test(`a link, of ${names.length} paths`, () => {
    const wanted = (folder: string) => names.map((name) => link(join(folder, name), { to: '/there' }))
    const all = seen(wanted, `${set}; for l do ln -s /there "$l"; done`)
    for (const is of all.slice(0, 3)) assert.match(JSON.stringify(is), /"target":"\/there"/)
    for (const is of all.slice(3)) assert.is(is, 'absent')
  })
}

test('what went away again is absent', () => {
  assert.equal(
    seen((folder) => [directory(join(folder, 'a'), {})], 'mkdir a && rmdir a'),
    ['absent'],
  )
})

test.run()
