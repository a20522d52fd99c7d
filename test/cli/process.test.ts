import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

// The program as a process: it ends when its work is done, whatever is still open, and what it has said arrives whole.
const test = suite('cli/process')

const role = (open: string): string => `
import { createServer } from 'node:net'
import { defineRecipe, defineRole, directory } from 'provision-ssh'
import * as v from 'valibot'
const recipe = defineRecipe({ name: 'open', attributes: v.object({}), resources: () => { ${open}; return [directory('/nowhere', {})] } })
export const open = defineRole({ name: 'open', recipes: [recipe] })
`

let folder = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'provision-process-'))
  mkdirSync(join(folder, 'roles'))
  const hosts = { here: { address: 'localhost', roles: ['open'], ssh: { transport: 'local' } } }
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify({ hosts }))
  writeFileSync(join(folder, 'roles', 'open.js'), role(''))
  const many = Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [`h${i}`, { address: `host-${i}`, roles: ['open'] }]),
  )
  writeFileSync(join(folder, 'many.json'), JSON.stringify({ hosts: many }))
})
test.after(() => rmSync(folder, { recursive: true }))

const source = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))
const start = (argv: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawn(process.execPath, ['--import', import.meta.resolve('tsx'), source('cli/main.ts'), ...argv], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** How it ended within `seconds`, or nothing. */
async function ended(child: ReturnType<typeof start>, seconds: number): Promise<number | undefined> {
  child.stdout.resume()
  child.stderr.resume()
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  return code ?? undefined
}

test('says nothing of its own about fifty hosts', async () => {
  const hosts = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [
      `h${i}`,
      { address: '127.0.0.1', roles: ['open'], ssh: { port: i + 1, retries: 0 } },
    ]),
  )
  writeFileSync(join(folder, 'fifty.json'), JSON.stringify({ hosts }))
  const child = start(['plan', '-i', 'fifty.json', '--json'])
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  assert.is(await ended(child, 60), 4)
  assert.match(said, /^50 unreachable in [^\n]*\n$/)
})

for (const [name, open] of [
  ['a timer', 'setInterval(() => {}, 1000)'],
  ['a server', "createServer().listen(0, '127.0.0.1')"],
  ['a promise that is never kept', 'new Promise(() => setTimeout(() => {}, 2 ** 30))'],
] as const) {
  test(`ends although a recipe has left open: ${name}`, async () => {
    writeFileSync(join(folder, 'roles', 'open.js'), role(open))
    assert.is(await ended(start(['plan']), 60), process.getuid?.() === 0 ? 2 : 1)
  })
}

test('what it has said arrives whole at a reader that is slow', async () => {
  const child = start(['hosts', '-i', 'many.json', '--json'])
  await new Promise((resolve) => setTimeout(resolve, 1500))
  let text = ''
  child.stdout.on('data', (chunk) => (text += chunk))
  await once(child, 'close')
  const lines = text.trimEnd().split('\n')
  assert.is(lines.length, 3000, text.slice(0, 300))
  assert.is(JSON.parse(lines.at(-1) as string).name, 'h2999')
})

/**
 * Runs `program` on a terminal of its own and answers each time it has printed `prompt`. Gives all that the terminal
 * has shown.
 */
async function onTerminal(program: string, prompt: string, answer: string): Promise<string> {
  const file = join(folder, 'ask.mts')
  writeFileSync(file, program)
  const command = `'${process.execPath}' --import '${import.meta.resolve('tsx')}' '${file}'`
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let shown = ''
  let answered = 0
  child.stdout.on('data', (chunk) => {
    shown += chunk
    for (; shown.split(prompt).length - 1 > answered; answered++) child.stdin.write(`${answer}\n`)
  })
  await once(child, 'close')
  return shown
}

if (spawnSync('script', ['--version']).error)
  console.log('not run here: passwords on a terminal: there is no script(1)')
else
  test('a password that arrives at once is not shown', async () => {
    const program = `
      import { askOnTerminal } from '${source('cli/kit/ask.ts')}'
      const quiet = { begin() {}, end() {} }
      for (let i = 0; i < 5; i++) {
        const answer = await askOnTerminal(quiet, {}, { kind: 'sudo', text: 'Password' })
        console.log(answer === undefined ? 'none' : 'given')
      }
      process.exit()
    `
    const shown = await onTerminal(program, 'Password: ', 'sesame')
    assert.is(shown.split('given').length - 1, 5, shown)
    assert.not.match(shown, 'sesame')
  })

test.run()
