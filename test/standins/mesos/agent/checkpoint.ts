import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { AgentInfo } from '../common/proto.ts'
import type { Kept } from './run.ts'

const BOOT_ID = '/proc/sys/kernel/random/boot_id'

/**
 * What an agent keeps on its disk: under `meta` what it needs to know after a restart, under `slaves` the sandboxes of
 * its tasks.
 */
export class Checkpoint {
  readonly #work: string

  constructor(workDir: string) {
    this.#work = workDir
    mkdirSync(join(workDir, 'meta', 'slaves'), { recursive: true })
  }

  get latest(): string {
    return join(this.#work, 'meta', 'slaves', 'latest')
  }

  /** The agent that was here before, and whether the host has booted since. */
  agent(): { readonly info: AgentInfo; readonly rebooted: boolean } | undefined {
    const file = join(this.latest, 'slave.info')
    if (!existsSync(file)) return undefined
    return { info: JSON.parse(readFileSync(file, 'utf8')) as AgentInfo, rebooted: this.#bootOfBefore() !== bootId() }
  }

  keepBoot(): void {
    writeFileSync(join(this.#work, 'meta', 'boot_id'), bootId())
  }

  #bootOfBefore(): string {
    const file = join(this.#work, 'meta', 'boot_id')
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  /** Keeps what this agent is; an id that was kept before keeps its first info. */
  keepAgent(id: string, info: AgentInfo): void {
    const folder = join(this.#work, 'meta', 'slaves', id)
    if (existsSync(join(folder, 'slave.info'))) return
    write(join(folder, 'slave.info'), { ...info, id: { value: id } })
    rmSync(this.latest, { force: true })
    symlinkSync(folder, this.latest)
  }

  /** Forgets who this agent was: it will register as another. */
  forgetAgent(): void {
    rmSync(this.latest, { force: true })
  }

  /** Makes a task's sandbox. */
  makeSandbox(directory: string): void {
    mkdirSync(directory, { recursive: true })
    const latest = join(dirname(directory), 'latest')
    rmSync(latest, { force: true })
    symlinkSync(directory, latest)
    for (const name of ['stdout', 'stderr']) writeFileSync(join(directory, name), '')
  }

  sandbox(agent: string, framework: string, executor: string, container: string): string {
    return join(this.#work, 'slaves', agent, 'frameworks', framework, 'executors', executor, 'runs', container)
  }

  keepRun(agent: string, kept: Kept): void {
    write(join(this.#runs(agent), `${kept.container}.json`), kept)
  }

  dropRun(agent: string, container: string): void {
    rmSync(join(this.#runs(agent), `${container}.json`), { force: true })
  }

  runs(agent: string): Kept[] {
    const folder = this.#runs(agent)
    if (!existsSync(folder)) return []
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Kept)
  }

  #runs(agent: string): string {
    return join(this.#work, 'meta', 'slaves', agent, 'runs')
  }
}

const bootId = (): string => readFileSync(BOOT_ID, 'utf8').trim()

/** Replaces a file: nobody reads half of one. */
function write(file: string, value: object): void {
  mkdirSync(dirname(file), { recursive: true })
  const draft = join(dirname(file), `.${basename(file)}`)
  writeFileSync(draft, JSON.stringify(value))
  renameSync(draft, file)
}
