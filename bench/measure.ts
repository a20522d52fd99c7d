import { spawn } from 'node:child_process'

/** A command line, and where and with which variables it is run. */
export interface Command {
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** What a command gave. `ms` is its wall time, from the spawn to the end of its output. */
export interface Ran {
  readonly ms: number
  readonly stdout: string
  readonly stderr: string
}

/** Nobody's agent, nobody's settings: both sides log in with one key of a file. */
export function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { SSH_AUTH_SOCK: _, NODE_OPTIONS: __, FORCE_COLOR: ___, ...rest } = process.env
  return { ...(rest as Record<string, string>), ...more }
}

/**
 * Runs a command to its end. @throws Error where it does not exit with 0: a time of something that failed is no time.
 */
export function run({ argv: [file, ...args], cwd, env }: Command): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(file, args, { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      const ms = performance.now() - began
      if (code === 0) resolve({ ms, stdout, stderr })
      else reject(new Error(`${file} ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`))
    })
  })
}

/** User and system time of a command and its children, in milliseconds. */
export async function cpu({ argv, ...rest }: Command): Promise<number> {
  const timed = 'TIMEFORMAT="cpu %3U %3S"; time "$@" >/dev/null 2>&1'
  const { stderr } = await run({ argv: ['bash', '-c', `set -e; ${timed}`, 'time', ...argv], ...rest })
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? []
  return 1000 * (Number(user) + Number(system))
}

/** The middle one of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2
}

/** Two commands, run in turns. */
export interface Pairs {
  readonly ours: number
  readonly theirs: number
  /**
   * Medians are of the ratios of each pair, not of the times: the machine's load changes, and both of a pair saw the
   * same.
   */
  readonly ratio: number
  readonly least: number
  readonly most: number
  readonly pairs: number
}

/** Runs two commands in turns, A B A B …, after one turn that is not counted. Either may be another one each turn. */
export async function compare(
  ours: Command | ((turn: number) => Command),
  theirs: Command | ((turn: number) => Command),
  pairs: number,
): Promise<Pairs> {
  const a: number[] = []
  const b: number[] = []
  const of = (command: typeof ours, turn: number): Command => (typeof command === 'function' ? command(turn) : command)
  for (let i = 0; i <= pairs; i++) {
    const [mine, other] = [(await run(of(ours, i))).ms, (await run(of(theirs, i))).ms]
    if (i > 0) {
      a.push(mine)
      b.push(other)
    }
  }
  const ratios = a.map((ms, i) => ms / (b[i] as number))
  return {
    ours: median(a),
    theirs: median(b),
    ratio: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    pairs,
  }
}

/** The most memory that the command ever held, in MB, as the kernel counts it. */
export async function memory(command: Command): Promise<number> {
  const report = `import{readFileSync}from'node:fs';process.on('exit',()=>process.stderr.write(readFileSync('/proc/self/status','utf8')))`
  const { stderr } = await run({
    ...command,
    env: { ...command.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}` },
  })
  return Number(/^VmHWM:\s+(\d+)/m.exec(stderr)?.[1]) / 1024
}
