import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../../src/model/plan.ts'
import { type Resource, repair } from '../../../src/model/resource.ts'
import { type FileProps, file, fileType } from '../../../src/resources/files/file.ts'
import { empty, join, type Script, sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { fastest } from '../../support/cost.ts'
import { changesOf, converge, inSync, plan, refusalOf } from '../../support/loop.ts'
import { fileName as name, wellFormed } from '../../support/names.ts'
import { me, type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('file on this machine')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

const body = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }).filter((s) => wellFormed(s)),
  fc.constantFrom('', '\n', 'x', 'x\n\n', "'", '%s%n\\c', '-n', 'tab\there\r\n'),
  fc.uint8Array({ maxLength: 300 }),
)

test('any names and contents: created, in sync, mended', ({ at }) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, body), { selector: ([n]) => n, minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (pairs, secret) => {
        const files = pairs.map(([n, content]) => file(`${at.path}/${n}`, { content, mode: '0640', secret, ...me }))
        for (const p of plan(at.run, files)) assert.is(changesOf(p)[0]?.action, 'create')
        converge(at.run, files)
        assert.ok(inSync(at.run, files))
        assert.equal(new Set(readdirSync(at.path)), new Set(pairs.map(([n]) => n)))
        for (const [n, content] of pairs)
          assert.equal(readFileSync(`${at.path}/${n}`), Buffer.from(content as Uint8Array))
        const [first] = pairs as [[string, unknown]]
        const path = `${at.path}/${first[0]}`
        writeFileSync(path, 'drifted by hand')
        assert.is(changesOf(converge(at.run, files)[0])[0]?.attribute, 'content')
        assert.ok(inSync(at.run, files))
        const none = pairs.map(([n]) => file(`${at.path}/${n}`, { ensure: 'absent' }))
        converge(at.run, none)
        assert.equal(readdirSync(at.path), [])
        assert.ok(inSync(at.run, none))
      },
    ),
    { numRuns: 40 },
  )
})

test('a diff is of what lies there', ({ at }) => {
  const path = `${at.path}/zoo.cfg`
  writeFileSync(path, 'a\nb\nc', { mode: 0o600 })
  const [changes] = plan(at.run, [file(path, { content: 'a\nB\nc\n', ...me })])
  assert.equal(
    changesOf(changes).map((c) => ({ ...c, fingerprint: undefined })),
    [
      {
        action: 'update',
        attribute: 'content',
        text: 'differs',
        diff: '@@ -1,3 +1,3 @@\n a\n-b\n-c\n\\ No newline at end of file\n+B\n+c',
        fingerprint: undefined,
      },
      { action: 'update', attribute: 'mode', from: '0600', to: '0644', fingerprint: undefined },
    ],
  )
})

test('what is no plain file is seen and never read', ({ at }) => {
  execFileSync('mkfifo', [`${at.path}/fifo`])
  symlinkSync('/etc/hostname', `${at.path}/link`)
  mkdirSync(`${at.path}/dir`)
  const of = (n: string) => file(`${at.path}/${n}`, { content: 'x', ...me })
  const [fifo, link, dir] = plan(at.run, ['fifo', 'link', 'dir'].map(of))
  assert.is(changesOf(fifo)[0]?.text, 'replaces a fifo')
  assert.is(changesOf(link)[0]?.text, 'replaces a symbolic link to /etc/hostname')
  assert.is(refusalOf(dir).refusal, 'not-a-file')
  converge(at.run, [of('fifo'), of('link')])
  assert.ok(lstatSync(`${at.path}/link`).isFile())
  assert.ok(inSync(at.run, [of('fifo'), of('link')]))
  assert.throws(() => converge(at.run, [of('dir')]), /cannot overwrite directory/)
})

test('a candidate is validated under its own name before anything is replaced', ({ at }) => {
  const path = `${at.path}/my conf`
  writeFileSync(path, 'good')
  const wanted = (content: string) =>
    file(path, {
      content,
      mode: '0600',
      validate: ['sh', '-c', 'test "$(basename "$1")" = "my conf" && grep -q good "$1"', 'sh', '%s'],
      ...me,
    })
  assert.throws(() => converge(at.run, [wanted('bad')]), /refused the new content; the file is as it was/)
  assert.is(readFileSync(path, 'utf8'), 'good')
  converge(at.run, [wanted('better, good')])
  assert.ok(inSync(at.run, [wanted('better, good')]))
})

test('a left-over candidate of a killed run is overwritten, also where it is a link to elsewhere', ({ at }) => {
  const path = `${at.path}/conf`
  const victim = `${at.path}/victim`
  writeFileSync(victim, 'untouched')
  symlinkSync(victim, `${at.path}/.conf.provision`)
  converge(at.run, [file(path, { content: 'new', ...me })])
  assert.is(readFileSync(victim, 'utf8'), 'untouched')
  assert.equal(readdirSync(at.path).sort(), ['conf', 'victim'])
})

test('existing: keep leaves it, refuse says why', ({ at }) => {
  const path = `${at.path}/myid`
  const keep = file(path, { content: '5\n', existing: 'keep', ...me })
  converge(at.run, [keep])
  writeFileSync(path, '3\n')
  assert.ok(inSync(at.run, [keep]))
  const refuse = file(path, {
    content: '5\n',
    existing: 'refuse',
    refusal: {
      name: 'zookeeper-id',
      reason: 'It says {is}, the inventory says {wanted}.',
      remedy: 'Set the id to {is}.',
    },
    ...me,
  })
  const refusal = refusalOf(plan(at.run, [refuse])[0])
  assert.is(refusal.refusal, 'zookeeper-id')
  assert.is(refusal.reason, 'It says 3, the inventory says 5.')
  assert.is(refusal.remedy, 'Set the id to 3.')
  rmSync(path)
  converge(at.run, [refuse])
  assert.ok(inSync(at.run, [refuse]))
})

test('no secret is in what people see', ({ at }) => {
  const wanted = file(`${at.path}/key`, { content: new Secret('hunter2'), mode: '0600', ...me })
  const items = [{ name: wanted.name, props: wanted.props as FileProps }]
  const script = repair(fileType, items)
  assert.not.match(
    script.shown + fileType.observe(items).shown + JSON.stringify(wanted.props),
    /hunter2|f52fbd32b2b3b86f/,
  )
  assert.match(script.text, /hunter2/)
  converge(at.run, [wanted])
  writeFileSync(`${at.path}/key`, 'hunter1')
  const [change] = changesOf(plan(at.run, [wanted])[0])
  assert.is(change === undefined ? '' : changeText(change), 'content differs (secret)')
  assert.is(change?.diff, undefined)
})

test('long and binary content goes as a blob', ({ at }) => {
  const files = [
    file(`${at.path}/long`, { content: 'line\n'.repeat(50_000), ...me }),
    file(`${at.path}/binary`, { content: new Uint8Array([0, 255, 1]), ...me }),
  ]
  converge(at.run, files)
  assert.ok(inSync(at.run, files))
  assert.is(lstatSync(`${at.path}/long`).size, 250_000)
})

test('a thousand files are one probe of a handful of processes', async ({ at }) => {
  const files = Array.from({ length: 1000 }, (_, i) =>
    file(`${at.path}/file ${i}`, { content: `content ${i}\n`, ...me }),
  )
  for (const f of files) writeFileSync(f.name, `content ${f.name.split(' ').at(-1)}\n`)
  for (const f of files) chmodSync(f.name, 0o644)
  const took = await fastest(() => assert.ok(inSync(at.run, files)))
  assert.ok(took < 3000, `${took} ms`)
})

/** Programs that count how often they are started. `without`: one that is not there. */
function counted(at: Place, without?: string): { readonly path: Script; calls(): Record<string, number> } {
  const bin = `${at.path}/../bin`
  mkdirSync(bin)
  for (const program of ['cat', 'chmod', 'chown', 'cut', 'grep', 'mkdir', 'mv', 'perl', 'rm', 'sh', 'sync']) {
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
      assert.equal(readdirSync(at.path).sort(), begun ? ['dir', "it's 1", "it's 2"] : ['dir'], what)
    }
  })

test('a path that cannot be looked at is an error, not "absent"', ({ at }) => {
  symlinkSync('loop', `${at.path}/loop`)
  const ill = sh`stat() { echo "stat: cannot statx '/x': Input/output error" >&2; return 1; }`
  assert.throws(
    () => plan((script) => at.run(join([ill, script])), [file(`${at.path}/x`, { content: '' })]),
    /Input\/output error/,
  )
  writeFileSync(`${at.path}/plain`, '')
  for (const nothing of ['loop/x', 'plain/x']) // what is wrong with the way there is said by the plan's needs
    assert.is(changesOf(plan(at.run, [file(`${at.path}/${nothing}`, { content: '' })])[0])[0]?.action, 'create')
  assert.throws(
    () => converge(at.run, [file(`${at.path}/no/x`, { content: '', ...me })]),
    new RegExp(`there is no directory .*${basename(at.path)}/no`),
  )
})

test('secret: true hides plain content, too: it is in no script that is shown', () => {
  for (const content of ['hunter22\n', Buffer.from('hunter22\n')]) {
    const one = file('/etc/key', { content, secret: true })
    const items = [{ name: one.name, props: one.props as never }]
    for (const script of [repair(fileType, items), fileType.observe(items)]) {
      assert.not.match(script.shown, 'hunter22')
      assert.not.match(script.shown, createHash('sha256').update(content).digest('hex'))
    }
    assert.match(repair(fileType, items).text, 'hunter22')
  }
})

test.run()
