/** Slaves that balance: hosts with Consul (set up by a recipe of the tests), tasks that are small servers, and a Marathon that says what it is told. */
import { get } from 'node:http'
import * as v from 'valibot'
import { consulTemplate } from '../../recipes/consul-template.ts'
import { haproxy } from '../../recipes/haproxy.ts'
import { registrar } from '../../recipes/registrar.ts'
import { role as loadBalancer } from '../../roles/load-balancer.ts'
import { netOf } from '../../src/engine/net.ts'
import {
  archive,
  type Cluster,
  createTransport,
  defineRecipe,
  defineRole,
  directory,
  file,
  type Health,
  link,
  parseInventory,
  pkg,
  service,
  systemdUnit,
} from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import type { Offered } from './artifacts.ts'
import type { Part } from './parts.ts'

/** Where the hosts find this machine. */
export const bridgeOf = ({ address }: SandboxHost): string => address.replace(/\.\d+$/, '.1')

/** One Consul server, on the first host by name, and clients on the others. */
const consul = defineRecipe({
  name: 'consul-of-tests',
  attributes: v.object({ url: v.string(), sha256: v.string() }),
  resources(host, cluster, { url, sha256 }) {
    const members = cluster.withRecipe('consul-of-tests')
    const server = members[0]?.name === host.name
    const config = file('/etc/consul.d/consul.json', {
      content: JSON.stringify({
        datacenter: 'test',
        node_name: host.name,
        data_dir: '/var/lib/consul',
        bind_addr: host.privateAddress,
        client_addr: '127.0.0.1',
        server,
        ...(server ? { bootstrap_expect: 1 } : {}),
        retry_join: members.map((member) => member.privateAddress),
        retry_interval: '1s',
        leave_on_terminate: false,
        disable_update_check: true,
        performance: { raft_multiplier: 1 },
        ports: { grpc: -1, grpc_tls: -1, serf_wan: -1 },
      }),
    })
    const program = archive('/opt/consul-test', { source: url, sha256 })
    const unit = systemdUnit('consul.service', {
      content:
        '[Service]\nType=exec\nExecStart=/usr/local/bin/consul agent -config-dir=/etc/consul.d\nKillSignal=SIGTERM\nSuccessExitStatus=1\nRestart=always\nRestartSec=1\n[Install]\nWantedBy=multi-user.target\n',
    })
    return [
      pkg('unzip', {}),
      program,
      link('/usr/local/bin/consul', { to: '/opt/consul-test/consul' }),
      directory('/etc/consul.d', {}),
      directory('/var/lib/consul', {}),
      config,
      unit,
      service('consul', { restartOn: [config, unit] }),
    ]
  },
})

const ROLES = new Map([
  ['consul-of-tests', defineRole({ name: 'consul-of-tests', recipes: [consul] })],
  ['load-balancer', { ...loadBalancer, after: ['consul-of-tests'] }],
])

/** The cluster of these hosts: Consul and load balancing on each. */
export function balancers(
  hosts: readonly SandboxHost[],
  {
    marathon,
    consul: program,
    template,
  }: { readonly marathon: string; readonly consul: Part & Offered; readonly template: Part & Offered },
  vars: Readonly<Record<string, object>> = {},
): Cluster {
  const entry = ({ name, address, user, identityFile, hostKey }: SandboxHost) => [
    name,
    {
      address,
      roles: ['consul-of-tests', 'load-balancer'],
      ssh: { user, identityFile, hostKey, keepalive: 1, connectTimeout: 3, retries: 0 },
    },
  ]
  const inventory = {
    vars: {
      'consul-of-tests': { url: program.url, sha256: program.sha256 },
      'consul-template': { source: { zip: template.url, sha256: template.sha256, version: template.version } },
      registrar: { marathon: [marathon], reconcileSeconds: 5 },
      ...vars,
    },
    hosts: Object.fromEntries(hosts.map(entry)),
  }
  return parseInventory(JSON.stringify(inventory), { path: 'inventory.json', roles: ROLES })
}

/** How the recipes of a host are: `registrar: attached…`, `RED haproxy: …`. */
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

/** Starts a task on a host: a server that says its name. */
export async function startTask(host: SandboxHost, name: string, port: number): Promise<void> {
  const { code, stderr } = await host.sh(
    `cat >/srv/task.mjs; systemctl reset-failed task-${port} 2>/dev/null; systemd-run -q --collect --unit=task-${port} node /srv/task.mjs ${port} ${name}`,
    TASK,
  )
  if (code !== 0) throw new Error(stderr)
}

/** Ends the task on a port, at once. */
export const endTask = (host: SandboxHost, port: number) => host.sh(`systemctl kill -s KILL task-${port}`)

/** Asks a host's HAProxy: the status and what was said. */
export const ask = (address: string, path = '/', { host = 'www.example.com', port = 80 } = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = get({ host: address, port, path, headers: { Host: host }, agent: false, timeout: 5000 }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk))
      answer.on('end', () => resolve(`${answer.statusCode} ${text.trim()}`))
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer within 5 s')))
    asked.on('error', reject)
  })

/** Who answers, of so many requests: each answer once, sorted. */
export async function answersOf(address: string, requests = 20, how?: { host?: string; path?: string }): Promise<string> {
  const all = await Promise.all(
    Array.from({ length: requests }, () => ask(address, how?.path ?? '/', how?.host === undefined ? {} : { host: how.host })),
  )
  return [...new Set(all)].toSorted().join(', ')
}
