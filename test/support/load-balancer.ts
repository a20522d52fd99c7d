/**
 * Slaves with load balancing: hosts with Consul (from a recipe of the tests), small servers as tasks, and a scripted
 * Marathon.
 */
import { get } from 'node:http'
import { consulTemplate } from '../../recipes/consul-template.ts'
import { haproxy } from '../../recipes/haproxy.ts'
import { registrar } from '../../recipes/registrar.ts'
import { role as consulServer } from '../../roles/consul-server.ts'
import { role as loadBalancer } from '../../roles/load-balancer.ts'
import { netOf } from '../../src/engine/link/net.ts'
import { type Cluster, createTransport, type Health, parseInventory } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import type { Offered } from './artifacts.ts'
import { loginOf } from './login.ts'
import type { Part } from './parts.ts'

/** This machine's address for the hosts. */
export const bridgeOf = ({ address }: SandboxHost): string => address.replace(/\.\d+$/, '.1')

const ROLES = new Map([consulServer, loadBalancer].map((role) => [role.name, role]))

/** The cluster of these hosts: load balancing on each, and a Consul server on the first. */
export function balancers(
  hosts: readonly SandboxHost[],
  {
    marathon,
    consul: program,
    template,
  }: { readonly marathon: string; readonly consul: Part & Offered; readonly template: Part & Offered },
  vars: Readonly<Record<string, object>> = {},
  ssh: object = {},
): Cluster {
  const entry = (host: SandboxHost, i: number) => [
    host.name,
    {
      address: host.address,
      roles: i === 0 ? ['consul-server', 'load-balancer'] : ['load-balancer'],
      ssh: loginOf(host, { keepalive: 5, retries: 0, ...ssh }),
    },
  ]
  const inventory = {
    vars: {
      consul: { datacenter: 'test', source: { zip: program.url, sha256: program.sha256, version: program.version } },
      'consul-template': { source: { zip: template.url, sha256: template.sha256, version: template.version } },
      registrar: { marathon: [marathon], reconcileSeconds: 5 },
      ...vars,
    },
    hosts: Object.fromEntries(hosts.map(entry)),
  }
  return parseInventory(JSON.stringify(inventory), { path: 'inventory.json', roles: ROLES })
}

/** The health of a host's recipes: `registrar: attached…`, `RED haproxy: …`. */
export async function healthOf(cluster: Cluster, name: string): Promise<readonly string[]> {
  const host = cluster.host(name)
  const connection = await createTransport().connect(host)
  const net = netOf(async () => connection)
  try {
    const all = [registrar, haproxy, consulTemplate].map(async (recipe) => {
      const { green, says } = (await recipe
        .health?.(host, cluster, net)
        .catch((error: Error): Health => ({ green: false, says: error.message }))) ?? {
        green: false,
        says: 'no health',
      }
      return `${green ? '' : 'RED '}${recipe.name}: ${says}`
    })
    return await Promise.all(all)
  } finally {
    await connection.close()
  }
}

const TASK = `
import { createServer } from 'node:http'
const [, , port, name] = process.argv
const server = createServer((request, response) => {
  let size = 0
  request.on('data', (chunk) => { size += chunk.length })
  request.on('end', () => response.end(name + '\\n'))
})
server.listen(port)
`

/** Starts a task on a host: a server that answers with its name. */
export async function startTask(host: SandboxHost, name: string, port: number): Promise<void> {
  const { code, stderr } = await host.sh(
    `cat >/srv/task.mjs; systemctl reset-failed task-${port} 2>/dev/null; systemd-run -q --collect --unit=task-${port} node /srv/task.mjs ${port} ${name}`,
    TASK,
  )
  if (code !== 0) throw new Error(stderr)
}

/** Kills the task on a port. */
export const endTask = (host: SandboxHost, port: number) => host.sh(`systemctl kill -s KILL task-${port}`)

/** Requests a host's HAProxy: returns the status and the body. */
export const ask = (address: string, path = '/', { host = 'www.example.com', port = 80 } = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = get(
      { host: address, port, path, headers: { Host: host }, agent: false, timeout: 60_000 },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk) => (text += chunk))
        answer.on('end', () => resolve(`${answer.statusCode} ${text.trim()}`))
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('no answer within 60 s')))
    asked.on('error', reject)
  })

/** The answers to a number of requests: each distinct one once, sorted. */
export async function answersOf(
  address: string,
  requests = 20,
  how?: { host?: string; path?: string },
): Promise<string> {
  const all = await Promise.all(
    Array.from({ length: requests }, () =>
      ask(address, how?.path ?? '/', how?.host === undefined ? {} : { host: how.host }),
    ),
  )
  return [...new Set(all)].toSorted().join(', ')
}
