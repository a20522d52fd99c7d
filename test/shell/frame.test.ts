import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  FrameError,
  finLine,
  framed,
  parseComplaints,
  parseFrames,
  type Section,
  sideBySide,
} from '../../src/shell/frame.ts'
import { empty, sh } from '../../src/shell/script.ts'
import { PATIENCE } from '../support/until.ts'

const test = suite('frame')
const nonce = 'n0nce'
const sections: readonly Section[] = [
  { key: 'plain', script: sh`echo one; echo two` },
  { key: 'nothing', script: empty },
  { key: 'fails', script: sh`echo before; false; echo never` },
  { key: 'leaves', script: sh`exit 7` },
  { key: 'no-newline', script: sh`printf tail` },
  { key: 'variables', script: sh`x=1; f() { :; }; cd /` },
  { key: 'complains', script: sh`echo "x is <$x>" >&2; exit 3` },
  { key: 'last', script: sh`# a comment at the end` },
]
const ask = (shell: string, list = sections, make = framed) =>
  spawnSync(shell, [...(shell === 'bash' ? ['--norc'] : []), '-c', 'eval "$(cat)"'], {
    input: make(nonce, list).text,
    encoding: 'utf8',
    timeout: PATIENCE * 1000,
  })

for (const shell of ['dash', 'bash']) {
  test(`${shell}: each section has its own lines, status and complaints`, () => {
    const { stdout, stderr, status } = ask(shell)
    assert.is(status, 0)
    const answers = parseFrames(nonce, stdout, sections)
    assert.equal(
      sections.map(({ key }) => [key, answers.get(key)?.lines, answers.get(key)?.status]),
      [
        ['plain', ['one', 'two'], 0],
        ['nothing', [], 0],
        ['fails', ['before'], 1],
        ['leaves', [], 7],
        ['no-newline', ['tail'], 0],
        ['variables', [], 0],
        ['complains', [], 3],
        ['last', [], 0],
      ],
    )
    assert.is(parseComplaints(nonce, stderr).get('complains'), 'x is <>')
    assert.is(parseComplaints(nonce, stderr).get('plain'), '')
  })
}

for (const shell of ['dash', 'bash']) {
  test(`${shell}: in two lanes the answers are the same`, () => {
    const wanted = [...parseFrames(nonce, ask(shell).stdout, sections)].sort()
    for (const n of [0, 1, 2, 3, sections.length]) {
      const some = sections.slice(0, n)
      const { stdout, status } = ask(shell, some, sideBySide)
      assert.is(status, 0)
      const answers = parseFrames(nonce, stdout, some)
      assert.equal(
        [...answers].sort(),
        wanted.filter(([key]) => some.some((section) => section.key === key)),
      )
    }
  })

  test(`${shell}: two lanes wait neither for each other's room nor for a process that one leaves behind`, () => {
    const long = sh`head -c 300000 /dev/zero | tr '\\0' x`
    const list = [
      { key: 'first', script: long },
      { key: 'second', script: sh`${long}; echo; sleep 600 2>/dev/null & echo $!` },
    ]
    const { stdout, error } = ask(shell, list, sideBySide)
    assert.match(stdout, /\nn0nce fin\n$/, String(error))
    const answers = parseFrames(nonce, stdout, list)
    process.kill(Number(answers.get('second')?.lines[1]))
    assert.equal(
      [...answers.values()].map(({ lines }) => lines[0]?.length),
      [300_000, 300_000],
    )
  })
}

const whole = ask('dash').stdout
const wanted = JSON.stringify([...parseFrames(nonce, whole, sections)])

test('an answer that is cut at any byte is refused, or was complete', () => {
  const complete = whole.trimEnd().length
  for (let at = 0; at <= whole.length; at++) {
    const cut = whole.slice(0, at)
    if (at >= complete) assert.is(JSON.stringify([...parseFrames(nonce, cut, sections)]), wanted)
    else
      assert.throws(
        () => parseFrames(nonce, cut, sections),
        (error: Error) => error instanceof FrameError,
        `at ${at}`,
      )
  }
  assert.is(whole.trimEnd().split('\n').at(-1), finLine(nonce))
})

test('an answer of which a piece is missing is refused, or says less and nothing else', () => {
  const lines = whole.split('\n')
  lines.forEach((line, i) => {
    if (!line.startsWith(nonce)) return
    const without = lines.filter((_, k) => k !== i).join('\n')
    assert.throws(
      () => parseFrames(nonce, without, sections),
      (error: Error) => error instanceof FrameError,
      line,
    )
  })
})

test('what is not this script’s answer is refused', () => {
  const bad = {
    'another nonce': whole.replaceAll(nonce, 'other'),
    'one marker with another nonce': whole.replace(`${nonce} fin`, 'other fin'),
    nothing: '',
    'an unknown marker': whole.replace(`${nonce} fin`, `${nonce} evil\n${nonce} fin`),
    'a status that is none': whole.replace(`${nonce} ends plain 0`, `${nonce} ends plain x`),
    'an end without a beginning': `${nonce} ends plain 0\n${whole}`,
    'the end of another section': whole.replace(`${nonce} ends plain 0`, `${nonce} ends last 0`),
    'a section that ends twice': whole.replace(`${nonce} ends plain 0`, `${nonce} ends plain 0\n${nonce} ends plain 0`),
  }
  for (const [name, text] of Object.entries(bad))
    assert.throws(
      () => parseFrames(nonce, text, sections),
      (error: Error) => error instanceof FrameError,
      name,
    )
})

test('noise before the first section and between sections belongs to nobody', () => {
  const noisy = `Welcome!\n${whole.replace(`${nonce} ends plain 0\n`, `${nonce} ends plain 0\nfrom a process left behind\n`)}`
  assert.is(JSON.stringify([...parseFrames(nonce, noisy, sections)]), wanted)
})

test('no sections at all', () => {
  assert.is(parseFrames(nonce, ask('dash', []).stdout, []).size, 0)
  assert.throws(
    () => parseFrames(nonce, '', []),
    (error: Error) => error instanceof FrameError,
  )
})

test.run()
