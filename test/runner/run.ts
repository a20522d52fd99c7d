import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, setPriority, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { message } from '../../src/lib/message.ts'
import { clearOf, clearOrphans } from '../support/leftovers.ts'
import { boxName, RUN, runName } from '../support/run-name.ts'
import type { Report } from './child/report.ts'
import { compiled } from './compiled.ts'
import { cpuTable, type Meter, openMeter, type Row } from './cpu.ts'
import { keepDurations, knownDurations } from './durations.ts'
import { idleShare } from './idle.ts'
import { inLanes, type Spare } from './lanes.ts'
import { leaveNothing } from './leave.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { inOrder, type Lanes, lanesFor, secondsLeft } from './plan.ts'
import { type Groups, runProcess, underTsx } from './process.ts'
import { lastLines, suiteLines } from './screen.ts'
import { endOrphans } from './strays.ts'
import type { Kind, Suite } from './suites.ts'

/**
 * How many seconds a file may go without a result of a test: a file that hangs is ended, and one that a busy machine
 * slows down is not.
 */
const DEADLINES: Readonly<Record<Kind, number>> = { plain: 600, parts: 600, hosts: 1800, long: 3600 }

/** How to run the files. */
export interface RunOptions {
  /** The number of concurrent files of every kind. */
  readonly jobs?: number
  /** How many seconds each file may go without a result. */
  readonly deadline?: number
  /** First make what a machine makes only once, before the files that need it. */
  readonly makeParts: boolean
}

const needsHosts = ({ kind }: Suite): boolean => kind === 'hosts' || kind === 'long'

/** The shared state of a run. */
interface Run {
  readonly name: string
  readonly env: NodeJS.ProcessEnv
  readonly groups: Groups
  /** The folder of the files' working directories. */
  readonly folder: string
  /** Aborted when the run is stopped: from then on no file starts, and one cleaner is at work. */
  readonly stop: AbortController
  readonly deadline: number | undefined
  /** Counts CPU time, if the user asks for it. */
  readonly meter: Meter | undefined
  /** The arguments for Node to run a file. */
  readonly argv: (suite: Suite) => readonly string[]
}

/** How to run each file: compiles all that can be compiled together, first. */
async function prepared(suites: readonly Suite[]): Promise<Run['argv']> {
  const files = suites.filter(({ tsx }) => !tsx).map(({ file }) => file)
  try {
    const { argv, remove } = await compiled(files)
    process.on('exit', remove)
    return ({ file, tsx }) => (tsx ? underTsx(file) : argv(file))
  } catch (error) {
    console.log(`the files cannot be compiled together: each is run from its source\n${error}`)
    return ({ file }) => underTsx(file)
  }
}

const boxOf = (run: string, { name }: Suite): string => boxName(run, name.replace(/^test\//, ''))

/** Removes what a file has left behind, and adds problems with that to its outcome. */
async function cleared(run: Run, suite: Suite, { failed, ...outcome }: Outcome): Promise<Outcome> {
  try {
    const left = await clearOf(boxOf(run.name, suite))
    if (left.length === 0 || failed > 0) return { ...outcome, failed }
    return { ...outcome, failed: 1, problem: 'its hosts still ran after it: taken down' }
  } catch (error) {
    return {
      ...outcome,
      failed: failed + 1,
      problem: `its hosts cannot be taken down: ${message(error)}`,
    }
  }
}

/** A file's progress: its tests, and why the last one failed. */
function progress({ name }: Suite, reports: readonly Report[]): string {
  const count = (kind: Report['kind']): number => reports.filter((report) => report.kind === kind).length
  const last = reports.at(-1)
  const why = last?.kind === 'failed' ? `: ${last.what}: ${last.error}` : ''
  return `${name}: ${count('passed')} passed, ${count('failed')} failed${why}`
}

async function runSuite(run: Run, suite: Suite): Promise<{ readonly outcome: Outcome; readonly output: string }> {
  const reports: Report[] = []
  const ended = await runProcess(run.argv(suite), {
    env: run.env,
    name: suite.name,
    groups: run.groups,
    folder: run.folder,
    deadline: run.deadline ?? DEADLINES[suite.kind],
    before: run.meter?.into(suite.name) ?? [],
    onReport: (report) => {
      reports.push(report)
      // a long file's own report would come late
      if (suite.kind === 'long') console.log(progress(suite, reports))
    },
    ...(suite.kind === 'long' && { onLine: (line: string) => console.log(line) }),
  })
  const outcome = outcomeOf(reports, ended)
  return {
    outcome: needsHosts(suite) && !run.stop.signal.aborted ? await cleared(run, suite, outcome) : outcome,
    output: ended.output,
  }
}

/** The variable that asks for a table of CPU times. The files do not get it: some run this runner. */
const COUNT_CPU = 'PROVISION_TEST_CPU'

function meterOf(name: string): Meter | undefined {
  if (process.env[COUNT_CPU] !== '1') return undefined
  const meter = openMeter(name)
  if (typeof meter !== 'string') return meter
  console.log(meter)
  return undefined
}

const ONCE = 'what a machine makes once'

/** Shows the CPU times of the files and of the runner itself, and ends counting. */
async function showCpu({ name, meter }: Run, done: readonly { readonly suite: Suite; readonly seconds: number }[]) {
  if (meter === undefined) return
  const { user, system } = process.cpuUsage()
  const rows: readonly Row[] = [
    ...done.map(({ suite, seconds }) => ({
      ...{ name: suite.name, kind: suite.kind, seconds },
      ...meter.used(suite.name, boxOf(name, suite)),
    })),
    { name: ONCE, seconds: 0, ...meter.used(ONCE, boxName(name, 'parts')) },
    { name: 'this runner, apart from compiling', seconds: 0, own: (user + system) / 1e6, hosts: 0 },
  ]
  console.log(`\n${cpuTable(rows)}\n`)
  await meter.close()
}

/** Makes what a machine makes only once, at a lower priority than running files. */
async function makeParts({ env, groups, folder, meter }: Run): Promise<void> {
  const file = new URL('./make-parts.ts', import.meta.url).pathname
  const onLine = (line: string): void => console.log(line)
  const before = meter?.into(ONCE) ?? []
  const making = runProcess(underTsx(file), { env, name: ONCE, groups, folder, before, deadline: 3600, onLine })
  for (const pid of groups) setPriority(pid, 10)
  const { exit, output } = await making
  if (exit !== 0) console.log(`what is made once on a machine could not be made (exit ${exit}):\n${output}`)
}

/** A run's lanes, and the additional ones while processors are idle: none if the user set a number. */
function lanesOf({ jobs }: RunOptions): { readonly lanes: Lanes; readonly spare?: Spare } {
  if (jobs !== undefined) return { lanes: { plain: jobs, parts: jobs, hosts: jobs, long: jobs } }
  const of = (cores: number): Lanes => lanesFor(cores, totalmem() / 2 ** 30)
  const cores = availableParallelism()
  return { lanes: of(cores), spare: { lanes: of(2 * cores), idle: idleShare(), every: 10 } }
}

const since = (began: number): number => (performance.now() - began) / 1000

/** Runs files and shows their outcomes. Returns the number of failures. */
export async function runSuites(suites: readonly Suite[], options: RunOptions): Promise<number> {
  const start = performance.now()
  const name = runName()
  const env = { ...process.env, [RUN]: name, [COUNT_CPU]: '' }
  const stop = new AbortController()
  const folder = mkdtempSync(join(tmpdir(), 'provision-tests-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { deadline } = options
  const shared = { name, env, groups: new Set<number>(), folder, stop, deadline, meter: meterOf(name) }
  const hosts = suites.some(needsHosts)
  leaveNothing(shared, hosts)
  const run: Run = { ...shared, argv: await prepared(suites) }
  await endOrphans()
  if (hosts) await clearOrphans()
  const known = knownDurations()
  const { lanes, spare } = lanesOf(options)

  const waiting = new Set(inOrder(suites, known))
  const running = new Map<Suite, number>()
  const done: { readonly suite: Suite; readonly seconds: number; readonly outcome: Outcome }[] = []
  const left = (): number =>
    secondsLeft(
      {
        done,
        running: [...running].map(([suite, began]) => ({ suite, seconds: since(began) })),
        waiting: [...waiting],
      },
      known,
      lanes,
    )
  const work = async (suite: Suite): Promise<void> => {
    const began = performance.now()
    waiting.delete(suite)
    running.set(suite, began)
    const { outcome, output } = await runSuite(run, suite)
    running.delete(suite)
    if (stop.signal.aborted) return
    const seconds = since(began)
    done.push({ suite, seconds, outcome })
    console.log(
      suiteLines(suite, outcome, seconds, output, { done: done.length, of: suites.length, secondsLeft: left() }),
    )
  }
  await inLanes([...waiting], lanes, options.makeParts ? makeParts(run) : Promise.resolve(), work, {
    spare,
    stopped: stop.signal,
  })
  if (stop.signal.aborted) await new Promise<never>(() => {}) // leaveNothing ends the process
  keepDurations(
    Object.fromEntries(
      done.filter(({ outcome }) => outcome.failed === 0).map(({ suite, seconds }) => [suite.name, Math.round(seconds)]),
    ),
  )
  await showCpu(run, done)
  console.log(`The run took ${Math.round(since(start))} s.`)
  return summarize(done)
}

function summarize(done: readonly { readonly suite: Suite; readonly outcome: Outcome }[]): number {
  const ci = process.env.CI === 'true'
  const notRun = done.flatMap(({ suite, outcome }) => outcome.notRun.map((what) => `${suite.name}: ${what}`))
  const sum = (of: (outcome: Outcome) => number): number => done.reduce((total, { outcome }) => total + of(outcome), 0)
  const failed = sum((outcome) => outcome.failed) + (ci ? notRun.length : 0) + (done.length === 0 ? 1 : 0)
  if (done.length === 0) console.log('there is no test file here')
  console.log(
    lastLines(notRun, ci, { passed: sum((outcome) => outcome.passed), failed, skipped: ci ? 0 : notRun.length }),
  )
  return failed
}
