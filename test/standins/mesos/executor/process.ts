import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { exec } from './exec.ts'
import type { Order } from './messages.ts'
import type { Workload } from './workload.ts'

/** Signals as strsignal calls them. */
const WORDS: Readonly<Record<string, string>> = {
  SIGTERM: 'Terminated',
  SIGKILL: 'Killed',
  SIGSEGV: 'Segmentation fault',
  SIGINT: 'Interrupt',
}

/** A plain command in a process group of its own, in the sandbox: without isolation, whatever the flags ask for. */
export function startProcess({ task, directory }: Order): Workload {
  const { shell, value = '', arguments: given = [], environment } = task.command ?? {}
  const variables = Object.fromEntries((environment?.variables ?? []).map((v) => [v.name, v.value ?? '']))
  const [program, args] = shell ? ['/bin/sh', ['-c', value]] : [value, given.slice(1)]
  const child = spawn(program, args, {
    cwd: directory,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MESOS_SANDBOX: directory, ...variables },
  })
  const group = child.pid ?? 0
  const signal = (name: 'SIGTERM' | 'SIGKILL'): void => {
    try {
      if (group > 1) process.kill(-group, name)
    } catch {} // gone already
  }
  return {
    running: async () => ({}),
    ended: new Promise((resolve) => {
      child.on('error', (error) => resolve({ ok: false, message: `Failed to launch command: ${error.message}` }))
      child.on('exit', (code, by) => {
        signal('SIGKILL') // what it left behind in its group
        if (by === null) resolve({ ok: code === 0, message: `Command exited with status ${code}` })
        else
          resolve({ ok: false, message: `Command terminated with signal ${WORDS[by] ?? `${constants.signals[by]}`}` })
      })
    }),
    kill(graceMs) {
      signal('SIGTERM')
      setTimeout(() => signal('SIGKILL'), graceMs).unref()
    },
    beside: ([first, ...rest], _, timeoutMs) => exec(first ?? '', rest, timeoutMs),
  }
}
