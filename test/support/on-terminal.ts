import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a program of Node's on a terminal of its own and answers its questions one after the other; `undefined`: ^D. */
export async function onTerminal(cwd: string, program: string, args: string, answers: readonly (string | undefined)[]) {
  const command = `'${process.execPath}' '${program}' ${args}`
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, stdio: ['pipe', 'pipe', 'inherit'] })
  let shown = ''
  let answered = 0
  child.stdout.on('data', (chunk) => {
    shown += chunk
    for (; shown.split('?').length - 1 > answered && answered < answers.length; answered++)
      child.stdin.write(answers[answered] === undefined ? '\x04' : `${answers[answered]}\n`)
  })
  const [code] = await once(child, 'close')
  return { code, shown }
}
