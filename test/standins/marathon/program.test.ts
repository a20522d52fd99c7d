import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { marathonImage, marathonProgram } from '../../support/parts/marathon.ts'

const test = suite('marathon stand-in: one file')
const folder = mkdtempSync(join(tmpdir(), 'provision-marathon-'))
test.after(() => rmSync(folder, { recursive: true }))

test('it needs nothing but Node, and says in its first line what it is', async () => {
  const text = await marathonProgram()
  const imported = [...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, name]) => name as string)
  assert.ok(imported.length > 5)
  assert.equal(
    imported.filter((name) => !builtinModules.includes(name.replace(/^node:/, ''))),
    [],
  )
  const file = join(folder, 'marathon.mjs')
  writeFileSync(file, text)
  const run = (...args: string[]) => spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', cwd: folder })
  assert.match(run('--help').stdout, /^marathon stand-in: .* It is not Marathon\.\n/)
  const wrong = run('--master', 'x', '--bogus')
  assert.equal([wrong.status, wrong.stderr], [1, "[scallop] Error: Unknown option 'bogus'\n"])
})

test('the same wherever it is made: so is the name of its image', async () => {
  const here = [await marathonProgram(), ...(await marathonImage.inputs())]
  const before = process.cwd()
  process.chdir(folder)
  try {
    assert.equal([await marathonProgram(), ...(await marathonImage.inputs())], here)
  } finally {
    process.chdir(before)
  }
})

test.run()
