import { appendFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { STAND_IN } from './build.ts'

type Severity = 'INFO' | 'WARNING' | 'ERROR' | 'FATAL'

const SEVERITIES: readonly Severity[] = ['INFO', 'WARNING', 'ERROR', 'FATAL']

/** A daemon's log in glog's form, to stderr and, where there is a log_dir, to files as glog names them. */
export interface Log {
  info(where: string, text: string): void
  warning(where: string, text: string): void
  error(where: string, text: string): void
  /** Ends the process with 1, like Mesos' EXIT. */
  exit(where: string, text: string): never
  /** Ends the process by SIGABRT, like a CHECK that fails. */
  abort(where: string, text: string): never
}

/** Opens the log; its first line says that this is a stand-in. */
export function openLog(program: string, logDir?: string): Log {
  const write = logDir === undefined ? () => undefined : files(program, logDir)
  const line = (severity: Severity, where: string, text: string): void => {
    const said = `${severity[0]}${stamp(new Date())} ${String(process.pid).padStart(5)} ${where}] ${text}\n`
    process.stderr.write(said)
    write(severity, said)
  }
  const log: Log = {
    info: (where, text) => line('INFO', where, text),
    warning: (where, text) => line('WARNING', where, text),
    error: (where, text) => line('ERROR', where, text),
    exit: (where, text) => {
      line('ERROR', where, `EXIT with status 1: ${text}`)
      return process.exit(1)
    },
    abort: (where, text) => {
      line('FATAL', where, text)
      return process.abort()
    },
  }
  log.info('main.cpp:1', STAND_IN(program))
  return log
}

/** `20261122 08:55:04.443645`, in this host's time. */
function stamp(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}000`
}

/**
 * One file a severity, each also of what is worse, made at the first line; `mesos-master.INFO` points to the newest.
 */
function files(program: string, dir: string): (severity: Severity, text: string) => void {
  const began = stamp(new Date())
    .replace(' ', '-')
    .replace(/:|\..*/g, '')
  const open = new Map<Severity, string>()
  mkdirSync(dir, { recursive: true })
  return (severity, text) => {
    for (const each of SEVERITIES.slice(0, SEVERITIES.indexOf(severity) + 1)) {
      if (!open.has(each)) {
        const name = `${program}.${hostname()}.${userInfo().username}.log.${each}.${began}.${process.pid}`
        open.set(each, join(dir, name))
        try {
          rmSync(join(dir, `${program}.${each}`), { force: true })
          symlinkSync(name, join(dir, `${program}.${each}`))
        } catch {}
      }
      try {
        appendFileSync(open.get(each) as string, text)
      } catch {} // glog goes on without, as where the disk is full
    }
  }
}
