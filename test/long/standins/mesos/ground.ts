import { suite } from 'uvu'
import type { SandboxHost } from '../../../../src/sandbox/index.ts'
import { withHosts } from '../../../support/hosts.ts'
import { journal } from '../../../support/journal.ts'
import { agentEnv, install, ok, STANDINS, zkUrl, zooKeeperOn } from '../../../support/mesos.ts'
import { TestFramework, webTask } from '../../../support/mesos-framework.ts'
import { eventually, PATIENCE } from '../../../support/until.ts'

export const test = suite('mesos stand-ins')
export const { box, host: hostOf } = await withHosts(test, new URL('../mesos.test.ts', import.meta.url).href)
const MASTERS = ['m1', 'm2', 'm3']
export const known = new Map<string, SandboxHost>()

/** A host; the same object each time. */
export function host(name: string): SandboxHost {
  const found = known.get(name) ?? hostOf(name)
  known.set(name, found)
  return found
}

export const masters = (): SandboxHost[] => MASTERS.map(host)

interface Slave {
  readonly id: string
  readonly hostname: string
  readonly active: boolean
  readonly deactivated: boolean
  readonly attributes: Record<string, string>
  readonly drain_info?: { readonly state: string }
}

export const at = ({ address }: SandboxHost, path: string): string => `http://${address}:5050${path}`
/** Asks a daemon. One of which another may tell as well is not waited for long. */
export const ask = (url: string, patience = PATIENCE * 1000): Promise<Response> =>
  fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(patience) })
export const metrics = async (h: SandboxHost): Promise<Record<string, number>> =>
  (await ask(at(h, '/metrics/snapshot'), 3000)).json() as Promise<Record<string, number>>

/** The master that leads and has read its registry. */
export const leader = (): Promise<SandboxHost> =>
  eventually('a master leads', async () => {
    for (const h of masters()) {
      const m = await metrics(h).catch(() => ({}) as Record<string, number>)
      if (m['master/elected'] === 1 && m['registrar/state_fetch_ms'] !== undefined) return h
    }
    return undefined
  })

export const slaves = async (): Promise<Slave[]> =>
  ((await (await ask(at(await leader(), '/slaves'))).json()) as { slaves: Slave[] }).slaves
export const slave = async (h: SandboxHost): Promise<Slave | undefined> =>
  (await slaves()).find((s) => s.hostname === h.address)
export const active = (h: SandboxHost): Promise<Slave> =>
  eventually(`${h.name} is active`, async () => ((await slave(h))?.active ? slave(h) : undefined))

export const v1 = async (type: string, body: object = {}): Promise<{ status: number; text: string }> => {
  const answer = await fetch(at(await leader(), '/api/v1'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ type, [type.toLowerCase()]: body }),
  })
  return { status: answer.status, text: await answer.text() }
}

/** Asks a task for its page all the time, until it is stopped; gives how often, and what went wrong. */
export function probe(h: SandboxHost, port: number): { stop(): Promise<{ asked: number; failed: readonly string[] }> } {
  let [over, asked] = [false, 0]
  const failed: string[] = []
  const look = async (): Promise<void> => {
    const { status } = await fetch(`http://${h.address}:${port}/`, { signal: AbortSignal.timeout(10_000) })
    if (status !== 200) throw new Error(`answered ${status}`)
  }
  const run = (async () => {
    while (!over) {
      asked++
      await look().catch((error: Error) => failed.push(`${asked}: ${error.message} ${error.cause ?? ''}`))
      await new Promise((r) => setTimeout(r, 50))
    }
  })()
  return {
    async stop() {
      over = true
      await run
      return { asked, failed }
    },
  }
}

export const log = (h: SandboxHost, unit: string): Promise<string> => ok(h, journal(`-u ${unit} -o cat -n 300`))
export const container = (h: SandboxHost): Promise<string> =>
  ok(h, "docker ps --no-trunc --format '{{.ID}} {{.Names}}' | grep mesos-")
export const own = (h: SandboxHost, more: Record<string, string> = {}) => agentEnv(h, zkUrl(masters()), more)

/** A quick framework on the leader, and a web task of it on a host that runs. */
export async function web(name: string, h: SandboxHost, port: number, grace = 1): Promise<TestFramework> {
  const framework = await TestFramework.subscribe(at(await leader(), ''), { name })
  framework.launch(webTask(name, port, { kill_policy: { grace_period: { nanoseconds: grace * 1e9 } } }), h.address)
  await framework.state(name, 'RUNNING')
  await eventually(`${name} serves`, async () => ((await ask(`http://${h.address}:${port}/`)).ok ? true : undefined))
  return framework
}

test.before(async () => {
  const agents = ['a1', 'a2'].map((name) => ({ name, layer: STANDINS, unified: false }))
  const hosts = await box.up([...MASTERS.map((name) => ({ name, layer: STANDINS })), ...agents])
  await Promise.all([zooKeeperOn(hosts.slice(0, 3)), install(hosts)])
})
