import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { envelope, FOREIGN_SHELL, loginCommand } from '../../../src/transport/exec/command.ts'
import { fc } from '../../support/checks.ts'

const test = suite('transport/command')
const NONCE = '0123456789abcdef'

const present = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
// What /bin/sh may be is needed; of other login shells those that are here (test/sandbox/transport tries all five on
// hosts).
const SHELLS = ['dash', 'bash', 'zsh', 'fish', 'tcsh'].filter(present)
for (const shell of ['dash', 'bash']) if (!SHELLS.includes(shell)) console.log(`not run here: there is no ${shell}`)

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a command line as a login shell does, with these pieces on its standard input. */
function login(shell: string, command: string, pieces: readonly (string | Buffer)[], pause = 0): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(shell, ['-c', command], { env: { PATH: '/usr/bin:/bin', HOME: '/' }, cwd: '/' })
    const ended: Ended = { code: null, stdout: '', stderr: '' }
    child.on('error', reject)
    child.stdin.on('error', () => {})
    child.stdout.on('data', (chunk) => (ended.stdout += chunk))
    child.stderr.on('data', (chunk) => (ended.stderr += chunk))
    child.on('close', (code) => resolve({ ...ended, code }))
    const send = async (): Promise<void> => {
      for (const piece of pieces) {
        child.stdin.write(piece)
        if (pause > 0) await new Promise((next) => setTimeout(next, pause))
      }
      child.stdin.end()
    }
    void send()
  })
}

const BEGIN = `${NONCE} begin ${process.getuid?.()}\n`
const run = (shell: string, script: string, input?: string): Promise<Ended> => {
  const body = envelope(script, input !== undefined)
  return login(shell, loginCommand(Buffer.byteLength(body), 'none', NONCE), [
    body,
    ...(input === undefined ? [] : [input]),
  ])
}

const scripts: readonly [name: string, script: string, stdout: string, code: number, input?: string][] = [
  ['an exit status', 'exit 3', '', 3],
  ['the status of the last command', 'false', '', 1],
  ['nothing', '', '', 0],
  ['a comment at the end', 'echo a # b', 'a\n', 0],
  ['set -e', 'set -e; false; echo no', '', 1],
  ['a function of its own', 'f() { echo "$1"; }; f hi', 'hi\n', 0],
  ['a function called main', 'main() { echo inner; }; main; echo outer', 'inner\nouter\n', 0],
  ['return', 'echo a; return 5; echo b', 'a\n', 5],
  ['a here-document', "cat <<'END'\n$HOME `x`\nEND", '$HOME `x`\n', 0],
  ['quotes of all kinds', `printf '%s\\n' "it's" 'a "b"' \\$x`, `it's\na "b"\n$x\n`, 0],
  ['other alphabets', "echo 'grüße ✓ 日本'", 'grüße ✓ 日本\n', 0],
  ['a signal', 'kill -9 $$', '', 137],
  ['a command that reads its input gets none', 'cat; echo end', 'end\n', 0],
  ['a long one', `: ${'x'.repeat(300_000)}\necho end`, 'end\n', 0],
  ['input on descriptor 8', 'head -c 3 <&8; echo; cat <&8; cat', 'abc\ndef', 0, 'abcdef'],
  ['input that is not for its children', 'cat; wc -c <&8', '6\n', 0, 'abcdef'],
]

for (const shell of SHELLS) {
  test(`runs what it is given, login shell ${shell}`, async () => {
    for (const [name, script, stdout, code, input] of scripts) {
      const ended = await run(shell, script, input)
      assert.is(ended.stdout, BEGIN + stdout, `${name}: ${ended.stderr}`)
      if (code !== 137) assert.is(ended.code, code, name)
      else assert.ok(ended.code === null || ended.code === 137, name)
      assert.is(ended.stderr.includes(`${NONCE} begin\n`), true, name)
    }
  })

  test(`leaves to the script every byte behind it, however it comes, login shell ${shell}`, async () => {
    for (const size of [0, 1, 4096, 8191, 8192, 65_536, 200_000]) {
      const body = envelope(`: ${'y'.repeat(size)}\ncat <&8`, true)
      const command = loginCommand(Buffer.byteLength(body), 'none', NONCE)
      const together = await login(shell, command, [`${body}the rest`])
      assert.is(together.stdout, `${BEGIN}the rest`, `${size} bytes, in one write`)
      const half = Math.floor(body.length / 2)
      const apart = await login(shell, command, [body.slice(0, half), `${body.slice(half)}the`, ' rest'], 20)
      assert.is(apart.stdout, `${BEGIN}the rest`, `${size} bytes, in pieces`)
    }
  })
}

// Both shells that /bin/sh may be.
for (const sh of SHELLS.filter((shell) => shell === 'dash' || shell === 'bash')) {
  test(`a script that was cut short anywhere runs nothing, sh is ${sh}`, async () => {
    const body = Buffer.from(envelope('echo ran; f() { echo ran; }\nf', true))
    const cuts = Array.from({ length: body.length }, (_, cut) => cut)
    // One shell for all cuts: a process for each would take a minute.
    const program = `while IFS= read -r line; do s=$(printf %s "$line" | base64 -d); (eval "$s") 2>/dev/null </dev/null; done`
    const lines = cuts.map((cut) => body.toString('base64', 0, cut)).join('\n')
    const ended = await login(sh, `set -- ${NONCE}; ${sh === 'bash' ? 'set -o posix; ' : ''}${program}`, [`${lines}\n`])
    assert.is(ended.stdout, '', 'no cut may run any of it')
    const whole = await login(sh, `set -- ${NONCE}; ${program}`, [`${body.toString('base64')}\n`])
    assert.match(whole.stdout, /ran\nran\n$/, 'uncut it runs, or this test proves nothing')
  })
}

test('a script whose first lines something else has read is not run', async () => {
  const body = envelope('echo ran\necho ran', false)
  for (const lines of [1, 2, 3, 4, 5, 99]) {
    const eater = `n=${lines}; while [ $n -gt 0 ] && read -r x; do n=$((n-1)); done`
    const ended = await login('bash', `${eater}; ${loginCommand(Buffer.byteLength(body), 'none', NONCE)}`, [body])
    assert.equal([ended.stdout, ended.stderr], ['', `${NONCE} eaten\n`], `${lines} lines`)
  }
})

test('any bytes of input reach the script as they are', async () => {
  const body = envelope('cat <&8', true)
  const command = loginCommand(Buffer.byteLength(body), 'none', NONCE)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const ended = await login('sh', `${command} | od -An -v -tx1`, [Buffer.concat([Buffer.from(body), bytes])])
      assert.is(ended.stdout.replace(/\s/g, ''), Buffer.concat([Buffer.from(BEGIN), bytes]).toString('hex'))
    }),
    { numRuns: 20 },
  )
})

test('the command line never holds anything of the script', () => {
  const run = `s="$(head -c 17)" && case $s in "main() { :"*) eval "$s";; *) echo $1 eaten >&2;; esac`
  assert.is(loginCommand(17, 'none', NONCE), `env LC_ALL=C sh -c '${run}' sh ${NONCE}`)
  assert.is(loginCommand(17, 'free', NONCE), `env LC_ALL=C sudo -n sh -c '${run}' sh ${NONCE}`)
  assert.is(
    loginCommand(17, 'password', NONCE),
    `env LC_ALL=C sudo -S -p '[${NONCE}]' sh -c 'echo $1 ready; ${run}' sh ${NONCE}`,
  )
})

for (const shell of SHELLS.filter((name) => name !== 'fish' && name !== 'tcsh'))
  test(`${shell}, put in the place of the login shell by its start-up file (exec ${shell}), runs nothing of the script`, async () => {
    const body = envelope('echo ran', false)
    const command = `exec ${shell}; ${loginCommand(Buffer.byteLength(body), 'none', NONCE)}`
    assert.equal(await login('bash', command, [body]), { code: FOREIGN_SHELL, stdout: '', stderr: '' })
  })

test('a head that does not run is not taken for input that was eaten', async () => {
  const body = envelope('echo ran', false)
  const command = loginCommand(Buffer.byteLength(body), 'none', NONCE).replace('head', 'no-such-head')
  const { code, stdout, stderr } = await login('sh', command, [body])
  assert.equal([code, stdout], [127, ''])
  assert.match(stderr, /no-such-head: (command )?not found/)
})

test.run()
