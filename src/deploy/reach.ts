import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Front } from '../balancing/clash.ts'
import { haproxyStats } from '../clients/haproxy.ts'
import { http, login } from '../clients/http.ts'
import { marathon } from '../clients/marathon.ts'
import { type Mesos, type MesosCredential, mesos } from '../clients/mesos.ts'
import { ownAnswer, questionOf } from '../clients/task-check.ts'
import { type Knowing, witnesses } from '../clients/witnesses.ts'
import { output } from '../engine/link/net.ts'
import type { Clean } from '../model/clean.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import { reveal, Secret } from '../shell/secret.ts'
import type { Connection, Transport } from '../transport/transport.ts'
import { type Agent, parseAgents } from './agents.ts'
import { loadScript, lookScript, pullScript } from './image/scripts.ts'
import { lastWords } from './last-words.ts'
import { serverOf } from './rollout/serving.ts'
import type { Balancer, Slave, World } from './world.ts'

const PORTS = { marathon: 8080, master: 5050, agent: 5051, traffic: 80, stats: 22002 } as const

/**
 * A way to reach a cluster's hosts; connections are made when they are needed, kept, and made anew where they were
 * lost.
 */
interface Links {
  connection(host: InventoryHost): Promise<Connection>
  dial(host: InventoryHost, address: string, port: number): Promise<Duplex>
  close(): Promise<void>
}

/** Is it the link to the host that is gone, and not what was to be reached from there? */
const isLost = (error: unknown): boolean => (error as { failure?: unknown } | null)?.failure === 'lost'

function links(transport: Transport): Links {
  const made = new Map<string, Promise<Connection>>()
  const connection = (host: InventoryHost): Promise<Connection> => {
    const known = made.get(host.name)
    if (known) return known
    const fresh = transport.connect(host)
    made.set(host.name, fresh)
    fresh.catch(() => made.delete(host.name))
    return fresh
  }
  return {
    connection,
    async dial(host, address, port) {
      const link = await connection(host)
      try {
        return await link.dial(address, port)
      } catch (error) {
        if (!isLost(error)) throw error
        made.delete(host.name)
        await link.close().catch(() => undefined)
        return (await connection(host)).dial(address, port)
      }
    },
    async close() {
      await Promise.all([...made.values()].map((link) => link.then((each) => each.close()).catch(() => undefined)))
    },
  }
}

/** Where Marathon listens: 8080, unless a recipe of the user's own has it elsewhere and says so. */
const marathonPort = (host: InventoryHost): number => Number(host.vars.marathon?.httpPort ?? PORTS.marathon)

/** What Mesos may call a host: its address, unless the inventory says otherwise. */
const hostnamesOf = (host: InventoryHost): readonly string[] => {
  const said = host.vars['mesos-agent']?.hostname
  return [host.privateAddress, host.address, host.name, ...(typeof said === 'string' ? [said] : [])]
}

const slave = (host: InventoryHost, { connection }: Links): Slave => ({
  host: host.name,
  async image(image, file, say) {
    const link = await connection(host)
    // An image of a gigabyte is loaded, or pulled, without a word.
    const ask = async (script: Parameters<typeof output>[1]): Promise<string> =>
      (await output(link, script, Number.POSITIVE_INFINITY)).trim()
    say('looking')
    const id = file?.images.get(image)
    if ((await ask(lookScript(image, id))) === 'there') return say('there')
    if (file === undefined) {
      say('pulling')
      await ask(pullScript(image))
      return say('pulled')
    }
    say('loading')
    await link.upload([file.blob])
    await ask(loadScript(image, file.blob))
    say('loaded')
  },
})

const balancer = (host: InventoryHost, { dial }: Links): Balancer => ({
  host: host.name,
  hostnames: hostnamesOf(host),
  stats: () => haproxyStats(() => dial(host, '127.0.0.1', PORTS.stats)),
  get: async (entrance) =>
    (await http(() => dial(host, host.privateAddress, PORTS.traffic), { ...entrance, timeout: 3000 })).status,
})

/** Who asks Mesos, where it wants to know: `vars.mesos-master.operator`. */
function operatorOf(hosts: readonly InventoryHost[]): MesosCredential | undefined {
  for (const { vars } of hosts) {
    const { principal, secret } = (vars['mesos-master']?.operator ?? {}) as { principal?: unknown; secret?: unknown }
    if (typeof principal === 'string' && secret instanceof Secret) return { principal, secret }
  }
  return undefined
}

/**
 * Asks a master for its agents. One that does not lead says who does; it is not followed there, since nobody is sent a
 * login on somebody's word.
 */
async function agentsBy(
  host: InventoryHost,
  as: MesosCredential | undefined,
  { dial }: Links,
): Promise<readonly Agent[]> {
  const headers = login(as && `${as.principal}:${reveal(as.secret)}`)
  const { status, body } = await http(() => dial(host, host.privateAddress, PORTS.master), { path: '/slaves', headers })
  if (status !== 200) throw new Error(`GET /slaves answered ${status}`)
  return parseAgents(JSON.parse(body))
}

/** The masters, each reached through its own sshd. */
function mastersOf(masters: readonly InventoryHost[], net: Links): Mesos {
  const credential = operatorOf(masters)
  return mesos({
    masters: masters.map((host) => ({
      name: host.name,
      dial: () => net.dial(host, host.privateAddress, PORTS.master),
    })),
    ...(credential === undefined ? {} : { credential }),
  })
}

/** Those who know how tasks are when Marathon does not: each is asked through a host that can reach it. */
function knowing(
  client: Mesos,
  masters: readonly InventoryHost[],
  balancers: readonly Balancer[],
  known: (hostname: string) => InventoryHost | undefined,
  net: Links,
): Knowing {
  return {
    mesos: (task) => client.task(task.id).then((found) => found?.healthy),
    async app(task, { definition }) {
      const question = questionOf(definition, task)
      const through = known(task.host) ?? masters[0]
      if (question === undefined || through === undefined) return undefined
      return ownAnswer(() => net.dial(through, known(task.host)?.privateAddress ?? task.host, question.port), question)
    },
    async haproxy(task, { definition }) {
      const stats = await (balancers.find(({ hostnames }) => hostnames.includes(task.host)) ?? balancers[0])?.stats()
      return stats?.flatMap(({ servers }) => servers).find(({ name }) => name === serverOf(task.id, definition))?.passes
    },
    now: () => performance.now(),
  }
}

/** What the inventory says of the HAProxies' default, once for all that say the same. */
function frontsOf(hosts: readonly InventoryHost[]): readonly Front[] {
  const all = hosts.map(({ name, vars }): Front => {
    const { defaultBackend, critical } = vars.haproxy ?? {}
    return {
      host: name,
      defaultBackend: typeof defaultBackend === 'string' ? defaultBackend : undefined,
      critical: Array.isArray(critical) ? critical.map(String) : [],
    }
  })
  const key = ({ host: _, ...says }: Front): string => JSON.stringify(says)
  return all.filter((front, i) => all.findIndex((each) => key(each) === key(front)) === i)
}

/** A cluster as a deployment sees it, reached through its hosts' sshd. `close` ends the connections. */
export function reach(cluster: Cluster, transport: Transport, clean: Clean): World & { close(): Promise<void> } {
  const net = links(transport)
  const masters = cluster.withRecipe('marathon')
  const credentials = masters.map((host) => host.vars.marathon?.credentials).find((value) => value instanceof Secret)
  const agents = cluster.withRecipe('mesos-agent')
  const balanced = cluster.withRecipe('haproxy')
  const balancers = balanced.map((host) => balancer(host, net))
  const known = (hostname: string): InventoryHost | undefined =>
    cluster.hosts.find((host) => hostnamesOf(host).includes(hostname))
  const client = mastersOf(cluster.withRecipe('mesos-master'), net)
  return {
    marathon: marathon({
      hosts: masters.map((host) => ({
        name: host.name,
        dial: () => net.dial(host, host.privateAddress, marathonPort(host)),
      })),
      ...(credentials instanceof Secret ? { credentials } : {}),
    }),
    slaves: agents.map((host) => slave(host, net)),
    balancers,
    others: witnesses(knowing(client, cluster.withRecipe('mesos-master'), balancers, known, net)),
    lost: (task) =>
      client.task(task).then(
        (found) => found === undefined,
        () => false,
      ),
    strict: balanced.filter((host) => host.vars.haproxy?.fallback === 'none').length,
    fronts: frontsOf(balanced),
    async agents() {
      const hosts = cluster.withRecipe('mesos-master')
      for (const host of hosts) {
        try {
          return await agentsBy(host, operatorOf(hosts), net)
        } catch {} // another may tell; that none does is no reason to hold anybody up
      }
      return undefined
    },
    async words({ id, host }) {
      try {
        const through = known(host) ?? masters[0]
        if (through === undefined) return []
        const address = known(host)?.privateAddress ?? host
        return (await lastWords(() => net.dial(through, address, PORTS.agent), id)).map(clean)
      } catch {
        return [] // they are a help, not a need
      }
    },
    name: (hostname) => known(hostname)?.name ?? hostname,
    sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
    now: () => performance.now(),
    close: net.close,
  }
}
