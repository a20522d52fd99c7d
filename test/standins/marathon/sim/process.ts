import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../support/ports.ts'

export interface Started {
  readonly address: string
  readonly process: ChildProcess
  /** How it ended: its exit code, or the signal's name. */
  readonly ended: Promise<number | string | null>
  output(): string
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

/** Starts the stand-in from its sources, as its own process. */
export const launch = (args: readonly string[], env: Readonly<Record<string, string>> = {}, address = ''): Started => {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string | null)
  return { address, process: child, ended, output: () => output }
}

/** Starts a stand-in on a port of its own under a ZooKeeper of this machine; `flags` says where Mesos is. */
export const launchAt = async (zk: number, flags: readonly string[]): Promise<Started> => {
  const port = await freePort()
  const own = ['--zk', `zk://127.0.0.1:${zk}/marathon`, '--hostname', '127.0.0.1', '--http_port', String(port)]
  return launch([...own, ...flags], {}, `127.0.0.1:${port}`)
}

/** Whether it serves: as leader, or through one. */
export const serves = async ({ address }: Started): Promise<boolean> =>
  fetch(`http://${address}/ping`).then(
    ({ status }) => status === 200 || status === 401,
    () => false,
  )
