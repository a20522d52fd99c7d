import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { doing, LATER, WRITES } from './support/own-output.ts'
import { run } from './support/packed.ts'
import { withProjects } from './support/user-projects.ts'

const test = suite("what users' recipes do to descriptor 1 and to the end of the program")
const { bin, cache, project, provision, real } = await withProjects(test)

/** By path: only files, pipes and terminals can be opened so. */
const BY_PATH = [
  "fs.appendFileSync('/dev/stdout', 'mine\\n')",
  "fs.appendFileSync('/proc/self/fd/1', 'mine\\n')",
  "fs.writeSync(fs.openSync('/dev/fd/1', 'a'), 'mine\\n')",
  "await fs.promises.appendFile('/dev/stdout', 'mine\\n')",
  "const file = await fs.promises.open('/dev/stdout', 'a'); await file.write('mine\\n'); await file.close()",
  "await once(fs.createWriteStream('/dev/stdout', { flags: 'a' }).end('mine\\n'), 'finish')",
]

const lines = (of: readonly string[]): string => 'mine\n'.repeat(of.length)

real('a recipe that writes to descriptor 1, and whose children do', () => {
  const { status, out, err } = provision(project(doing(WRITES.join('\n'), LATER.join('\n'))), 'hosts', '--json')
  assert.is(err, lines([...WRITES, ...LATER]))
  assert.is(JSON.parse(out).name, 'one-1')
  assert.is(status, 0)
})

real('a recipe that opens standard output by path', () => {
  const folder = project(doing('', BY_PATH.join('\n')))
  assert.is(run(folder, 'sh', ['-c', '"$0" hosts --json >out 2>>err', bin], cache).status, 0)
  const [out = '', err] = ['out', 'err'].map((name) => readFileSync(join(folder, name), 'utf8'))
  assert.is(err, lines(BY_PATH))
  assert.is(JSON.parse(out).name, 'one-1')
})

for (const [at, code, says] of [
  ['for (;;);', 3, /^in one of your files process\.on\('exit'\) does not end within \d+ s\n$/],
  ["throw new Error('late')", 3, /^recipes\/one\.ts, line 10: process\.on\('exit'\): late\n$/],
  ['process.exit(9)', 3, /^recipes\/one\.ts, line 10: process\.on\('exit'\): process\.exit must not be called here\n$/],
  ["process.exitCode = 9; console.log('mine')", 0, /^mine\n$/],
] as const)
  real(`a recipe at the end of the program: ${at}`, () => {
    const folder = project(doing(`process.exitCode = 9; process.on('exit', () => { ${at} })`))
    const { status, out, err } = provision(folder, 'hosts', '--json')
    assert.match(err, says)
    assert.is(JSON.parse(out).name, 'one-1')
    assert.is(status, code)
  })

test.run()
