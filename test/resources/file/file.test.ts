import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../../src/model/plan.ts'
import { repair } from '../../../src/model/resource.ts'
import { type FileProps, file, fileType } from '../../../src/resources/files/file.ts'
import { join, sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { fc } from '../../support/checks.ts'
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
  writeFileSync(path, 'a\nb\nc', { mode: 0o604 })
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
      { action: 'update', attribute: 'mode', from: '0604', to: '0644', fingerprint: undefined },
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
