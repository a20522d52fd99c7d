import { spawnSync } from 'node:child_process'
import { inspect } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Blob, blobPath, empty, join, quote, quoted, sh } from '../../src/shell/script.ts'
import { REDACTED, Secret } from '../../src/shell/secret.ts'
import { fc } from '../support/checks.ts'
import { run } from './script-support.ts'

const test = suite('script')

const shells = [['dash'], ['bash', '--norc', '--posix'], ['bash', '--norc']].filter(
  ([name]) => spawnSync(name as string, ['-c', ':']).status === 0,
) as [string, ...string[]][]

const hostile = [
  ...[
    '',
    ' ',
    "'",
    "''",
    '"',
    '\\',
    "\\'",
    "'\\''",
    '$HOME',
    '`id`',
    '$(id)',
    '${x}',
    '!!',
    '-n',
    '--',
    '-e',
    '~',
    '~root',
    '*',
    '?',
    '[a-z]',
    '#',
    ';',
    '&',
    '|',
    '<',
    '>',
    '(',
    ')',
    '{a,b}',
  ],
  ...[
    'a=b',
    'if',
    'done',
    'esac',
    'in',
    '2',
    '0',
    '007',
    '%s',
    '%',
    '\\n',
    '\n',
    '\n\n',
    'a\nb',
    '\t',
    '\r',
    '\x1b[2J',
    '\x7f',
    '\u0080',
    '\u009b',
    '\u202e',
    'é',
    '中',
    '😀',
    'EOF',
    "$'x'",
    '\\\n',
    'a\'b"c`d$e\\f',
  ],
]
const word = fc
  .oneof(
    fc.constantFrom(...hostile),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.constantFrom(...hostile), { maxLength: 6 }).map((parts) => parts.join('')),
  )
  .filter((s) => !s.includes('\0') && !/[\uD800-\uDFFF]/u.test(s))

test('every word arrives as it was, in every shell', () => {
  assert.ok(shells.length >= 2)
  const all = [hostile, ...fc.sample(fc.array(word, { minLength: 1, maxLength: 200 }), { numRuns: 60, seed: 42 })]
  for (const words of all) {
    const script = sh`printf '%s\0' ${words}; for w in ${words}; do printf '%s\0' "$w"; done`
    for (const shell of shells) {
      const back = run(shell, script.text).split('\0').slice(0, -1)
      assert.equal(back, [...words, ...words], shell.join(' '))
    }
  }
})

test('a word stays one word wherever it stands', () => {
  fc.assert(
    fc.property(word, (w) => {
      const script = sh`
        x=${w}
        case ${w} in ${w}) printf '%s\0' "$x" ;; *) exit 9 ;; esac
        [ "$x" = ${w} ]
        f() { printf '%s\0' "$#" "$1"; }; f ${w}
        cat <<'EOT'
        literal $x
        EOT
        eval ${quoted(sh`printf '%s\0' ${w}`)}
        sh -c ${quoted(sh`printf '%s\0' ${w}`)}`
      for (const shell of shells) assert.is(run(shell, script.text), `${w}\0${'1'}\0${w}\0literal $x\n${w}\0${w}\0`)
    }),
    { numRuns: 60, seed: 7 },
  )
})

test('a number-like word before a redirection is no descriptor', () => {
  for (const shell of shells) assert.is(run(shell, sh`echo ${'2'}>&1`.text), '2\n')
})

test('what cannot be a word is refused', () => {
  for (const bad of ['\0', 'a\0b', '\ud800', 'x\udfffy']) {
    assert.throws(() => quote(bad), TypeError)
    assert.throws(() => sh`${bad}`, TypeError)
    assert.throws(
      () => sh`${new Secret(bad)}`,
      (error: Error) => error instanceof TypeError && !error.message.includes(bad),
    )
  }
})

test('plain words stay readable', () => {
  for (const plain of ['/etc/hosts', 'a-b_c.d', 'user@host', '-rf', '10.0.0.1:22']) assert.is(quote(plain), plain)
})

test('shared indentation goes, deeper indentation, quotes and values keep theirs', () => {
  const inner = sh`
    if true; then
      echo a
    fi`
  const cases = [
    [sh`one`, 'one'],
    [
      sh`
        one
          two
        three`,
      'one\n  two\nthree',
    ],
    [
      sh`
        one

        two
      `,
      'one\n\ntwo',
    ],
    [
      sh`
        ${inner}
        echo ${'x\n        y'}`,
      "if true; then\n  echo a\nfi\necho 'x\n        y'",
    ],
    [sh`printf '%s\n' \`date\` \${x}`, "printf '%s\\n' `date` ${x}"],
    [sh`a ${[]} b`, 'a  b'],
    [sh`a ${['x y', 2, 'z']} b`, "a 'x y' 2 z b"],
    [empty, ''],
    [join([sh`a`, empty, sh`b`]), 'a\nb'],
    [join([sh`a`, sh`b`], ' && '), 'a && b'],
  ] as const
  for (const [script, text] of cases) assert.is(script.text, text)
})

test('blobs are collected through every nesting', () => {
  const blob = (n: number): Blob => ({ sha256: String(n).repeat(64), size: 1, source: new Uint8Array([n]) })
  const script = join([
    sh`cp ${{ blob: blob(1) }} /x`,
    sh`sh -c ${quoted(sh`cat ${{ blob: blob(2) }}`)}`,
    sh`${[sh`cat ${{ blob: blob(3) }}`]}`,
  ])
  assert.equal(
    script.blobs.map((b) => b.sha256[0]),
    ['1', '2', '3'],
  )
  assert.ok(script.text.includes(blobPath(blob(2))))
})

test('a secret is in the text and never in what is shown, however deep', () => {
  fc.assert(
    fc.property(
      word.filter((w) => w.length > 7 && !REDACTED.includes(w)).map((w) => `<<${w}>>`),
      (value) => {
        const secret = new Secret(value)
        const script = join([sh`a=${secret}`, sh`sh -c ${quoted(sh`b=${[secret, 'c']}`)}`])
        assert.is(run(['dash'], sh`${join([sh`a=${secret}`])}; printf %s "$a"`.text), value)
        assert.not.ok(script.shown.includes(value))
        assert.is(script.shown.split(REDACTED).length, 3)
      },
    ),
    { numRuns: 50, seed: 3 },
  )
})

test('a script is frozen, and shows no secret to inspect', () => {
  const script = sh`x ${new Secret('hunter22')}`
  assert.ok(Object.isFrozen(script))
  assert.throws(() => Object.assign(script, { text: 'other' }))
  assert.match(inspect(new Secret('hunter22')), REDACTED)
})

test.run()
