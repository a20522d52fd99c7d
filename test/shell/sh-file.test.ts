import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shFile } from '../../src/shell/script.ts'
import { run } from './script-support.ts'

const test = suite('sh in files')

test('the sh of a file is sent without comment lines and indentation', () => {
  const folder = mkdtempSync(joinPath(tmpdir(), 'sh-file-'))
  try {
    const source = `#!/bin/sh
# What it does.
greet() { # NAME
  # twice
  awk -v name="$1" '
    # each line
    { print name "#", $0 }'

  echo "\${1#*:} # \\$"
}
`
    writeFileSync(joinPath(folder, 'greet.sh'), source)
    const script = shFile(pathToFileURL(joinPath(folder, 'index.ts')).href, './greet.sh')
    const sent = `greet() { # NAME
awk -v name="$1" '
{ print name "#", $0 }'
echo "\${1#*:} # \\$"
}`
    assert.is(script.text, sent)
    assert.is(script.shown, sent)
    assert.is(run(['dash'], `${script.text}; echo x | greet a:b`), 'a:b# x\nb # $\n')
    assert.equal(shFile('', '', source), script)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
