/**
 * Runs test files, each in its own process: all of `test/**` but `test/sandbox`, only that (`--sandbox`), both (`--all`), or what is named.
 *
 *     node --import tsx test/run.ts [--sandbox | --all] [--jobs N] [--timeout SECONDS] [file or folder …]
 *
 * A file that runs no test has failed, and so has one that ends before its tests do. What a test could not do on this machine it prints as
 * `not run here: …`; those lines are shown again at the end, and count as failures where `CI=true`.
 */
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { resolve as absolute, dirname, join, relative } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs, stripVTControlCharacters } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sandbox = join(root, 'test', 'sandbox')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sandbox: { type: 'boolean' }, all: { type: 'boolean' }, jobs: { type: 'string' }, timeout: { type: 'string' } },
})
const needsHosts = (file: string): boolean => file.startsWith(`${sandbox}/`)
const ci = process.env.CI === 'true'

/** Test files at or under a path, sorted. */
function testFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((e) => e.isFile() && e.name.endsWith('.test.ts'))
    .map((e) => join(e.parentPath, e.name))
    .sort()
}

interface Tally {
  readonly passed: number
  readonly failed: number
  readonly notRun: readonly string[]
  /** Why the file failed though none of its tests did. */
  readonly problem?: string
}

const running = new Set<number>()
const endGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL') // the child leads its own group: only what it started dies
  } catch {} // gone already
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    running.forEach(endGroup)
    process.exit(130)
  })
}

/** Reads uvu's totals from a file's output. */
function tally(output: string, exit: number | null, late?: number): Tally {
  const text = stripVTControlCharacters(output)
  const figure = (name: string): number => Number([...text.matchAll(new RegExp(`^ {2}${name}: +(\\d+)$`, 'gm'))].at(-1)?.[1] ?? Number.NaN)
  const [total, passed, skipped] = [figure('Total'), figure('Passed'), figure('Skipped')]
  const notRun = [...text.matchAll(/not run here: *(.+)$/gm)].map((m) => m[1] as string)
  if (skipped > 0) notRun.push(`${skipped} tests that the file itself skips`)
  if (late) return { passed: passed || 0, failed: 1, notRun, problem: `not done after ${late} s` }
  if (Number.isNaN(total) && notRun.length > 0 && exit === 0) return { passed: 0, failed: 0, notRun }
  if (total === 0 || (Number.isNaN(total) && exit === 0))
    return { passed: 0, failed: 1, notRun, problem: 'ran no test: is .run() missing?' }
  if (Number.isNaN(total)) return { passed: 0, failed: 1, notRun, problem: `ended before its tests did (exit ${exit})` }
  if (exit !== 0 && total === passed) return { passed, failed: 1, notRun, problem: `every test passed, yet it ended with exit ${exit}` }
  return { passed, failed: total - passed, notRun }
}

function run(file: string): Promise<Tally> {
  const began = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', file], { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const pid = child.pid as number
    running.add(pid)
    let output = ''
    let late: number | undefined
    const deadline = Number(values.timeout ?? (needsHosts(file) ? 1800 : 300))
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    const timer = setTimeout(() => {
      late = deadline
      endGroup(pid)
    }, deadline * 1000)
    let straggler: NodeJS.Timeout | undefined // a grandchild that holds the pipe must not hold us
    child.on('exit', () => {
      straggler = setTimeout(endGroup, 1000, pid)
    })
    child.on('close', (exit) => {
      clearTimeout(timer)
      clearTimeout(straggler)
      running.delete(pid)
      const result = tally(output, exit, late)
      const words = [`${result.passed} passed`, result.failed ? `${result.failed} FAILED` : '', result.problem ?? ''].filter(Boolean)
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      console.log(`${relative(root, file).padEnd(48)} ${words.join(', ')}  (${seconds} s)`)
      if (result.failed) console.log(`${output.trimEnd().replace(/^/gm, '    ')}\n`)
      resolve(result)
    })
  })
}

const named = positionals.length > 0 ? positionals.map((p) => absolute(p)) : [values.sandbox ? sandbox : join(root, 'test')]
const wanted = (file: string): boolean => positionals.length > 0 || values.sandbox === true || values.all === true || !needsHosts(file)
const files = named.flatMap(testFiles).filter(wanted)
const results: { file: string; tally: Tally }[] = []
for (const hosts of [false, true]) {
  const queue = files.filter((file) => needsHosts(file) === hosts).values()
  const worker = async (): Promise<void> => {
    for (const file of queue) results.push({ file, tally: await run(file) })
  }
  await Promise.all(Array.from({ length: Number(values.jobs ?? (hosts ? 1 : 2)) }, worker))
}

const sum = (of: (t: Tally) => number): number => results.reduce((n, r) => n + of(r.tally), 0)
const notRun = results.flatMap((r) => r.tally.notRun.map((what) => `${relative(root, r.file)}: ${what}`))
if (files.length === 0) console.log('there is no test file here')
if (notRun.length > 0) console.log(`\nnot run here${ci ? ' (a failure where CI=true)' : ''}:\n${notRun.map((n) => `  ${n}`).join('\n')}`)
const failed = sum((t) => t.failed) + (ci ? notRun.length : 0) + (files.length === 0 ? 1 : 0)
console.log(`${sum((t) => t.passed)} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
