import assert from 'node:assert/strict'
import { role as base } from '../../roles/base.ts'
import { role as client } from '../../roles/consul-client.ts'
import { role as server } from '../../roles/consul-server.ts'
import { type Cluster, createTransport, parseInventory, status } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import type { SuiteArtifacts } from './artifacts.ts'
import { loginOf } from './login.ts'

const roles = new Map([base, client, server].map((role) => [role.name, role]))

/** Variables of a cluster of Consul agents. */
export interface LabVars {
  /** For all agents. */
  readonly consul?: object
  /** For servers only; attributes of `consul`. */
  readonly servers?: object
  /** For clients only. */
  readonly clients?: object
}

/** The inventory of these hosts: names that begin with `c` are clients, all others servers. */
export async function inventory(
  hosts: readonly SandboxHost[],
  artifacts: SuiteArtifacts,
  vars: LabVars = {},
): Promise<object> {
  const { url, sha256, version } = await artifacts.part('consul')
  const entry = (host: SandboxHost) => ({
    address: host.address,
    roles: [host.name.startsWith('c') ? 'consul-client' : 'consul-server'],
    ssh: loginOf(host, { keepalive: 5, retries: 0 }),
  })
  return {
    vars: {
      base: { timeSync: 'none' },
      consul: { source: { zip: url, sha256, version }, datacenter: 'lab', ...vars.consul },
    },
    roles: {
      ...(hosts.some(({ name }) => !name.startsWith('c'))
        ? {
            'consul-server': { vars: { consul: vars.servers ?? {} } },
          }
        : {}),
      ...(hosts.some(({ name }) => name.startsWith('c'))
        ? { 'consul-client': { vars: { consul: vars.clients ?? {} } } }
        : {}),
    },
    hosts: Object.fromEntries(hosts.map((host) => [host.name, entry(host)])),
  }
}

/** Its cluster. */
export const lab = async (...args: Parameters<typeof inventory>): Promise<Cluster> =>
  parseInventory(JSON.stringify(await inventory(...args)), { path: '/x/inventory.json', roles })

/** The health of all components of a cluster, sorted, with the prefix `RED` for unhealthy ones. */
export async function says(cluster: Cluster): Promise<readonly string[]> {
  const all = await status(cluster, { transport: createTransport() })
  return all
    .flatMap((host) =>
      'unreachable' in host
        ? [`${host.host}: ${host.unreachable}`]
        : host.components.map((c) => `${c.host} ${c.component}: ${c.green ? '' : 'RED '}${c.says}`),
    )
    .sort()
}

/** Runs sh on a host. @throws if it fails */
export async function ok(host: SandboxHost, command: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await host.sh(command, input)
  assert.equal(code, 0, `${host.name}: ${command}: ${stderr}`)
  return stdout.trim()
}

/**
 * A process on a host that writes one key after another through its agent, each until it is acknowledged, and records
 * which keys and how long they took.
 */
export async function writer(host: SandboxHost) {
  await ok(
    host,
    `rm -f /run/acked; touch /run/writing; systemd-run --quiet --collect --unit writer sh -c 'i=0
    while [ -e /run/writing ]; do
      i=$((i + 1)) began=$(date +%s%3N)
      until [ "$(curl -s -m 5 -X PUT -d $i 127.0.0.1:8500/v1/kv/w/$i)" = true ]; do sleep .02; done
      echo "$i $(($(date +%s%3N) - began))" >>/run/acked
      sleep .05 # as fast as it can, it takes a processor from those that are restarted
    done'; until [ -s /run/acked ]; do sleep .1; done`,
  )
  return {
    /** Stops it. Returns the acknowledged keys, those of them that are missing, and the longest wait in ms. */
    async stop(): Promise<{ written: number; lost: readonly string[]; slowest: number }> {
      await ok(host, 'rm /run/writing; while systemctl is-active -q writer; do sleep .1; done')
      const acked = (await ok(host, 'cat /run/acked')).split('\n').map((line) => line.split(' '))
      const there = new Set(JSON.parse(await ok(host, 'curl -s "127.0.0.1:8500/v1/kv/w/?keys"')) as string[])
      return {
        written: acked.length,
        lost: acked.map(([key = '']) => key).filter((key) => !there.has(`w/${key}`)),
        slowest: Math.max(...acked.map(([, ms]) => Number(ms))),
      }
    },
  }
}
