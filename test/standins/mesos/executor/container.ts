import { spawn } from 'node:child_process'
import { containerName, runArguments } from './docker-args.ts'
import { exec } from './exec.ts'
import type { Order } from './messages.ts'
import { pause, type Workload } from './workload.ts'

interface Inspected {
  readonly State: { readonly Running: boolean; readonly Pid: number }
  readonly NetworkSettings: {
    readonly IPAddress: string
    readonly Networks?: Record<string, { readonly IPAddress: string }>
  }
}

/** A Docker container, run by an attached `docker run` whose output is the sandbox's: it ends when that ends. */
export function startContainer(order: Order): Workload {
  const [docker, ...host] = order.docker as [string, ...string[]]
  const name = containerName(order.container)
  const client = spawn(docker, [...host, ...runArguments(order)], { stdio: ['ignore', 'inherit', 'inherit'] })
  let over = false
  let pid = 0
  const ended = new Promise<{ ok: boolean; message: string }>((resolve) => {
    client.on('error', () => resolve({ ok: false, message: 'Container exited with status 127' }))
    client.on('exit', (code, signal) => {
      over = true
      resolve({ ok: code === 0, message: `Container exited with status ${code ?? signal}` })
    })
  })

  const inspect = async (): Promise<{ found: Inspected; text: string } | undefined> => {
    const { code, stdout } = await exec(docker, [...host, 'inspect', name])
    return code === 0 ? { found: (JSON.parse(stdout) as Inspected[])[0] as Inspected, text: stdout } : undefined
  }

  return {
    ended,
    async running() {
      while (!over) {
        await pause(500) // Mesos looks twice a second
        const seen = await inspect()
        if (!seen?.found.State.Running) continue
        pid = seen.found.State.Pid
        const { IPAddress, Networks = {} } = seen.found.NetworkSettings
        const ip = IPAddress || Object.values(Networks)[0]?.IPAddress
        return { data: Buffer.from(seen.text).toString('base64'), ...(ip && { ip }) }
      }
      throw new Error('it ended before it was seen running')
    },
    async kill(graceMs) {
      while (!over) {
        const { code } = await exec(docker, [...host, 'stop', '-t', String(Math.ceil(graceMs / 1000)), name])
        if (code === 0) return
        await pause(500) // not made yet, or dockerd is away
      }
    },
    beside(command, inside, timeoutMs) {
      if (inside) return exec(docker, [...host, 'exec', name, ...command], timeoutMs)
      return exec('nsenter', [`--net=/proc/${pid}/ns/net`, ...command], timeoutMs)
    },
  }
}
