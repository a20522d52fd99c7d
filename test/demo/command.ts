import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bold, DemoEnd, say } from './say.ts'

/** The folder that everything is run in: where inventory.json is. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLI = join(ROOT, 'dist/src/cli/provision.cjs')

const onPath = (process.env.PATH ?? '')
  .split(':')
  .some((folder) => !folder.includes('node_modules') && existsSync(join(folder, 'provision')))

/** What the reader of this demo has to type for our program. */
export const PROGRAM = onPath ? 'provision' : 'npx provision'

const children = new Set<ChildProcess>()
let ending = false
let tell: () => void = () => {}

/** Resolves when somebody has said that the demo shall end. */
export const stopped = new Promise<void>((resolve) => {
  tell = resolve
})

const stop = (): void => {
  ending = true
  tell()
}

// ^C reaches the program that runs as well, from the terminal; it stops at a safe place, and we end when it has ended.
// What is sent to us alone is handed on.
process.on('SIGINT', stop)
for (const signal of ['SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    stop()
    for (const child of children) child.kill(signal)
  })

/** Ends the demo where ^C was typed. @throws DemoEnd */
export function unlessStopped(): void {
  if (ending) throw new DemoEnd('Stopped. Nothing runs but the hosts; the same command goes on from here.', 130)
}

/** How a command ended. */
export interface Ran {
  readonly code: number
  /** What it wrote, line by line, where that was asked for. */
  readonly lines: readonly string[]
}

/** Where a command's output goes: to this terminal, or to the demo. */
interface Shown {
  readonly stdout: 'inherit' | 'pipe'
  /** Takes each line of its progress; none: that goes to this terminal. */
  readonly onProgress?: (line: string) => void
}

function run(args: readonly string[], { stdout, onProgress }: Shown): Promise<Ran> {
  unlessStopped()
  const stderr = onProgress === undefined ? 'inherit' : 'pipe'
  const child = spawn(process.execPath, [CLI, ...args], { cwd: ROOT, stdio: ['inherit', stdout, stderr] })
  children.add(child)
  return new Promise<Ran>((resolve, reject) => {
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => onProgress?.(line))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, lines: text.split('\n').filter(Boolean) }))
  }).finally(() => {
    children.delete(child)
    unlessStopped()
  })
}

/** A word as it is typed: as it is, between double quotes where that means the same, else between single ones. */
const quoted = (word: string): string => {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return /[$`"\\!]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`
}

/** Shows a command as one would type it; `behind`: what is piped behind it. */
export function show(args: readonly string[], behind = ''): void {
  say()
  say(bold(`$ ${[PROGRAM, ...args.map(quoted)].join(' ')}${behind}`))
}

/** Shows a command and runs it on this terminal. Gives its exit code. */
export async function provision(...args: readonly string[]): Promise<number> {
  show(args)
  return (await run(args, { stdout: 'inherit' })).code
}

/** Shows a command and runs it; what it says is for the demo to read. */
export function asked(...args: readonly string[]): Promise<Ran> {
  show(args)
  return run(args, { stdout: 'pipe' })
}

/** Runs a command beside others: its progress is handed over line by line. */
export const aside = (args: readonly string[], onProgress: (line: string) => void): Promise<Ran> =>
  run(args, { stdout: 'pipe', onProgress })

/** Shows a command, runs it, and prints the last line of what it says, as `| tail -1` would. Gives its exit code. */
export async function lastLine(...args: readonly string[]): Promise<number> {
  show(args, ' | tail -1')
  const { code, lines } = await run(args, { stdout: 'pipe' })
  say(lines.at(-1) ?? '')
  return code
}
