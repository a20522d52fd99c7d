import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { freePort } from './ports.ts'

/** A real Consul server on the loopback interface, as node `slave-1`. */
export interface ConsulAgent {
  readonly url: string
  /** Starts it with its previous data. */
  start(): void
  /** Kills it, like a power cut. */
  kill(): Promise<void>
  get<T>(path: string): Promise<T>
  put(path: string, body?: unknown): Promise<void>
  delete(path: string): Promise<void>
}

/** Starts a server from its program, with its data in a folder. */
export async function consulAgent(program: string, folder: string): Promise<ConsulAgent> {
  const [http, server, lan] = await Promise.all([freePort(), freePort(), freePort()])
  mkdirSync(folder, { recursive: true })
  const url = `http://127.0.0.1:${http}`
  const args = [
    ...[
      'agent',
      '-server',
      '-bootstrap-expect=1',
      '-node=slave-1',
      `-data-dir=${folder}`,
      '-bind=127.0.0.1',
      '-log-level=error',
    ],
    ...[`-http-port=${http}`, `-server-port=${server}`, `-serf-lan-port=${lan}`, '-serf-wan-port=-1', '-dns-port=-1'],
    ...[
      '-grpc-port=-1',
      '-grpc-tls-port=-1',
      '-hcl=disable_update_check = true',
      '-hcl=performance { raft_multiplier = 1 }',
      '-hcl=limits { http_max_conns_per_client = 2000 }',
    ],
  ]
  let child: ChildProcess
  let ended: Promise<unknown>
  const call = async (method: string, path: string, body?: unknown): Promise<string> => {
    const answer = await fetch(new URL(path, url), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
    return text
  }
  const agent: ConsulAgent = {
    url,
    start() {
      child = spawn(program, args, { stdio: 'ignore' })
      ended = new Promise((resolve) => child.on('close', resolve))
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    get: async (path) => JSON.parse(await call('GET', path)),
    put: async (path, body) => void (await call('PUT', path, body)),
    delete: async (path) => void (await call('DELETE', path)),
  }
  agent.start()
  return agent
}
