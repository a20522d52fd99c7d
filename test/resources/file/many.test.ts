import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { probeOf } from '../../../src/engine/observe/observe.ts'
import { type Resource, repair } from '../../../src/model/resource.ts'
import { type FileProps, file, fileType } from '../../../src/resources/files/file.ts'
import { empty, join, type Script, sh } from '../../../src/shell/script.ts'
import { fastest } from '../../support/cost.ts'
import { inSync } from '../../support/loop.ts'
import { me, type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('a thousand files')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

test('a thousand files are one probe of a handful of processes', async ({ at }) => {
  const files = Array.from({ length: 1000 }, (_, i) =>
    file(`${at.path}/file ${i}`, { content: `content ${i}\n`, ...me }),
  )
  for (const f of files) writeFileSync(f.name, `content ${f.name.split(' ').at(-1)}\n`)
  for (const f of files) chmodSync(f.name, 0o644)
  const took = await fastest(() => assert.ok(inSync(at.run, files)))
  assert.ok(took < 3000, `${took} ms`)
})

const PROGRAMS = [
  ...['base64', 'cat', 'chmod', 'chown', 'cut', 'grep', 'head', 'mkdir', 'mv', 'perl', 'rm', 'sh', 'sha256sum', 'stat'],
  ...['sync', 'xargs'],
]
/** Programs that count how often they are started. `without`: one that is not there. */
function counted(at: Place, without?: string): { readonly path: Script; calls(): Record<string, number> } {
  const bin = `${at.path}/../bin`
  mkdirSync(bin)
  for (const program of PROGRAMS) {
    if (program === without) continue
    const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim()
    writeFileSync(`${bin}/${program}`, `#!/bin/sh\necho ${program} >>${bin}/calls\nexec ${real} "$@"\n`, {
      mode: 0o755,
    })
  }
  const calls = (): Record<string, number> => {
    const out: Record<string, number> = {}
    for (const name of readFileSync(`${bin}/calls`, 'utf8').trim().split('\n')) out[name] = (out[name] ?? 0) + 1
    return out
  }
  return { path: sh`PATH=${bin}`, calls }
}
for (const [perl, calls] of [
  ['with perl', { perl: 1, sha256sum: 1, stat: 1 }],
  ['without perl', { base64: 30, head: 30, sha256sum: 1, stat: 1 }],
] as const)
  test(`many files that differ send their content back ${perl}, whatever it is`, ({ at }) => {
    const contents = [
      ...['', 'x', 'xy', 'xyz', '` \n~', 'ü'.repeat(30), 'a line of forty-five bytes with a line break.'],
      'without a line break',
    ]
    const files = Array.from({ length: 30 }, (_, i) => file(`${at.path}/file ${i}`, { content: `new ${i}`, ...me }))
    const old = files.map((_, i) => contents[i] ?? `${i}\n`.repeat(i * i))
    files.forEach(({ name }, i) => {
      writeFileSync(name, old[i] ?? '')
    })
    const { path, calls: counts } = counted(at, perl === 'with perl' ? undefined : 'perl')
    const items = files.map((f) => ({ name: f.name, props: f.props as FileProps }))
    const said = at.run(join([path, probeOf(fileType, items)])).split('\n')
    const sent = said.map((line) => line.split('\t')).filter(([, word]) => word === 'content')
    assert.equal(
      sent.map(([name, , text = '']) => [name, Buffer.from(text, 'base64').toString()]),
      files.map(({ name }, i) => [name, old[i]]),
    )
    assert.equal(counts(), calls)
  })

/** What a run does about files, as its step 11 and the next ones. */
const applied = (...files: readonly Resource[]): Script =>
  join([
    sh`at=11; blame() { echo "failed $1"; }`,
    fileType.functions ?? empty,
    repair(
      fileType,
      files.map((f) => ({ name: f.name, props: f.props as FileProps })),
    ),
  ])

test('a thousand files are written by a handful of processes', ({ at }) => {
  mkdirSync(`${at.path}/more`)
  const files = Array.from({ length: 1000 }, (_, i) =>
    file(`${at.path}/${i % 2 ? 'more/' : ''}file ${i}`, {
      content: `content ${i}\n`,
      mode: i % 3 ? '0644' : '0600',
      ...me,
    }),
  )
  const { path, calls } = counted(at)
  at.run(join([path, applied(...files)]))
  assert.equal(calls(), { chmod: 2, chown: 2, perl: 1, rm: 1, sync: 1 })
  assert.ok(inSync(at.run, files))
  assert.is(readdirSync(at.path).length + readdirSync(`${at.path}/more`).length, 1001)
})

for (const without of ['perl', 'nothing'])
  test(`of several that are written together, the one that cannot be is named, and none is left hidden (without ${without})`, ({
    at,
  }) => {
    mkdirSync(`${at.path}/dir/full`, { recursive: true })
    symlinkSync('.', `${at.path}/here`)
    const good = [1, 2, 3].map((n) => file(`${at.path}/it's ${n}`, { content: `${n}`, ...me }))
    const { path } = counted(at, without)
    const tries: readonly (readonly [string, RegExp, number, boolean, Resource])[] = [
      [
        'its directory is not there',
        /none\/x: there is no directory .*none to put it into/,
        13,
        false,
        file(`${at.path}/none/x`, { content: '', ...me }),
      ],
      [
        'its owner',
        /own: it cannot be given to no-such-user:no-such-group/,
        13,
        false,
        file(`${at.path}/own`, { content: '', owner: 'no-such-user', group: 'no-such-group' }),
      ],
      [
        'it is another one of them',
        /here\/it's 1: through a link, this is the same file as \S+host\/it's 1; keep one of them/,
        13,
        false,
        file(`${at.path}/here/it's 1`, { content: '1', ...me }),
      ],
      ['it is a directory', /dir/, 13, true, file(`${at.path}/dir`, { content: '', ...me })],
      [
        'its program',
        /refused the new content/,
        13,
        true,
        file(`${at.path}/valid`, { content: '', validate: ['sh', '-c', 'exit 1'], ...me }),
      ],
    ]
    for (const [what, says, step, begun, bad] of tries) {
      const [one, two, three] = good as [Resource, Resource, Resource]
      for (const { name } of good) rmSync(name, { force: true })
      assert.throws(() => at.run(join([sh`exec >${at.path}/../said`, path, applied(one, two, bad, three)])), says, what)
      const said = readFileSync(`${at.path}/../said`, 'utf8')
      assert.match(said, new RegExp(`^failed ${step}$`, 'm'), what)
      assert.not.match(said.replace(`failed ${step}`, ''), /failed/, what)
      assert.equal(readdirSync(at.path).sort(), ['dir', 'here', ...(begun ? ["it's 1", "it's 2"] : [])], what)
    }
  })

test.run()
