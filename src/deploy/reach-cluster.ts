import { setTimeout as sleep } from 'node:timers/promises'
import { certifiedNames } from '../balancing/certificates.ts'
import { brokenLinks } from '../balancing/chain.ts'
import type { Front } from '../balancing/clash.ts'
import { type Consul, consulInstances, consulServicesWith } from '../clients/consul.ts'
import type { ConsulInstance } from '../clients/consul-answers.ts'
import { firstOf } from '../clients/first-of.ts'
import { haproxyStats } from '../clients/haproxy.ts'
import { hold } from '../clients/hold.ts'
import { http } from '../clients/http.ts'
import { taskWords } from '../clients/mesos/agent.ts'
import type { Mesos } from '../clients/mesos/mesos.ts'
import { consulOf } from '../clients/settings/consul.ts'
import { AS_USERS } from '../clients/settings/haproxy.ts'
import { marathonOf } from '../clients/settings/marathon.ts'
import { agentHostnames, agentWorkDir, containerizersOf, mastersOf, mesosOf } from '../clients/settings/mesos.ts'
import { PORTS } from '../clients/settings/ports.ts'
import type { Reach } from '../clients/settings/reach.ts'
import { ownAnswer, questionOf } from '../clients/task-check.ts'
import { type Knowing, witnesses } from '../clients/witnesses.ts'
import { type Links, links } from '../engine/link/links.ts'
import { output } from '../engine/link/net.ts'
import { object } from '../lib/json.ts'
import type { Clean } from '../model/clean.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import { Secret } from '../shell/secret.ts'
import type { Transport } from '../transport/transport.ts'
import { takingTasks } from './agents.ts'
import { gatesOf } from './balance/gates.ts'
import { loadScript, lookScript, pullScript } from './image/scripts.ts'
import { type Balancer, FullDiskError, type LiveCluster, type Slave } from './live-cluster.ts'
import { serverOf } from './rollout/serving.ts'

const slave = (host: InventoryHost, { connection }: Links): Slave => ({
  host: host.name,
  registries: Object.keys(object(host.vars.docker?.registries)),
  async image(image, file, say) {
    const link = await connection(host)
    // Loading or pulling an image of a gigabyte prints nothing for a long time.
    const ask = async (script: Parameters<typeof output>[1]): Promise<string> =>
      (await output(link, script, Number.POSITIVE_INFINITY)).trim()
    say('looking')
    const looked = await ask(lookScript(image, file?.images.get(image) ?? '', agentWorkDir(host)))
    const [has, ...full] = looked.split('\n').toReversed()
    if (full.length > 0) throw new FullDiskError(full.join(', ').replaceAll('\t', ' '))
    if (has === 'there') return say('there')
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
  hostnames: agentHostnames(host),
  stats: () => haproxyStats(() => dial(host, '127.0.0.1', PORTS.haproxyStats)),
  get: async (entrance) =>
    (
      await http(() => dial(host, host.privateAddress, PORTS.haproxy), {
        ...entrance,
        headers: AS_USERS,
        timeout: 3000,
      })
    ).status,
  connect: (port) => hold(() => dial(host, host.privateAddress, port)),
})

/** Other sources for tasks' health, for when Marathon does not know it. Each is reached through a host. */
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

/** A new leading master knows a task only once the task's agent has registered. @throws if it does not answer */
async function isLost(
  mesos: Mesos,
  { id, slaveId }: { readonly id: string; readonly slaveId: string },
): Promise<boolean> {
  if ((await mesos.task(id)) !== undefined) return false
  const { agents, missing } = await mesos.agents()
  return slaveId === '' ? missing.length === 0 : agents.some((agent) => agent.id === slaveId && agent.active)
}

/** The registrars' own instances of a service. */
type Registered = (service: string) => Promise<readonly ConsulInstance[]>

/** Asks Consul on the first host whose agent answers; undefined if no host has one. @throws if none answers */
async function askConsul<T>(
  cluster: Cluster,
  { dial }: Links,
  question: (registered: Registered, consul: Consul) => Promise<T>,
): Promise<T | undefined> {
  const reasons: unknown[] = []
  const found = await firstOf(cluster.withRecipe('consul'), async (host, signal) => {
    // Consul omits whatever a token may not read, so this token must be allowed to read all services.
    const token = host.vars['consul-template']?.token
    const own = host.vars.registrar?.cluster ?? 'main'
    const consul = {
      ...consulOf(host, { dial: (address, port) => dial(host, address, port) }),
      ...(token instanceof Secret ? { token } : {}),
      signal,
    }
    const registered: Registered = async (service) =>
      (await consulInstances(consul, service)).filter(
        ({ meta }) => meta['managed-by'] === 'provision-registrar' && (meta.cluster ?? own) === own,
      )
    try {
      return { answer: await question(registered, consul) }
    } catch (error) {
      reasons.push(error)
      return undefined
    }
  })
  if (found === undefined && reasons.length > 0) throw reasons.at(-1)
  return found?.answer
}

/** How many tasks Consul has of a service that the registrars made. */
const registeredIn = async (cluster: Cluster, service: string, net: Links): Promise<number> =>
  (await askConsul(cluster, net, async (registered) => (await registered(service)).length)) ?? 0

/** The services in Consul of an app's tasks. */
async function servicesIn(cluster: Cluster, app: string, net: Links): Promise<readonly string[]> {
  const found = await askConsul(cluster, net, async (registered, consul) => {
    const names: string[] = []
    for (const name of await consulServicesWith(consul, 'app', app))
      if ((await registered(name)).some(({ meta }) => meta.app === app)) names.push(name)
    return names
  })
  return found ?? []
}

/** The HAProxies' default backends in the inventory, without duplicates. */
function frontsOf(hosts: readonly InventoryHost[]): readonly Front[] {
  const all = hosts.map(({ name, vars }): Front => {
    const { defaultBackend, critical, tcpPorts, tls, redirectToHttps } = vars.haproxy ?? {}
    const certificates = redirectToHttps === true ? object(tls).certificates : undefined
    return {
      host: name,
      defaultBackend: typeof defaultBackend === 'string' ? defaultBackend : undefined,
      critical: Array.isArray(critical) ? critical.map(String) : [],
      tcpPorts: Array.isArray(tcpPorts) ? tcpPorts.map(Number) : [],
      ...(Array.isArray(certificates) ? { certified: [...certifiedNames(certificates)].sort() } : {}),
    }
  })
  const key = ({ host: _, ...says }: Front): string => JSON.stringify(says)
  return all.filter((front, i) => all.findIndex((each) => key(each) === key(front)) === i)
}

/** Connects a deployment to a cluster through SSH to its hosts. `close` ends the connections. */
export function reachCluster(
  cluster: Cluster,
  transport: Transport,
  clean: Clean,
): LiveCluster & { close(): Promise<void> } {
  const net = links(transport)
  const through: Reach = (host, port) => () => net.dial(host, host.privateAddress, port)
  const marathons = cluster.withRecipe('marathon')
  const masters = mastersOf(cluster)
  const agents = cluster.withRecipe('mesos-agent')
  const balanced = cluster.withRecipe('haproxy')
  const balancers = balanced.map((host) => balancer(host, net))
  const known = (hostname: string): InventoryHost | undefined =>
    cluster.hosts.find((host) => agentHostnames(host).includes(hostname))
  const mesos = mesosOf(cluster, through)
  return {
    marathon: marathonOf(cluster, through),
    slaves: agents.map((host) => slave(host, net)),
    containerizers: agents.map(containerizersOf),
    balancers,
    others: witnesses(knowing(mesos, masters, balancers, known, net)),
    lost: (task) => isLost(mesos, task).catch(() => false),
    strict: balanced.filter((host) => host.vars.haproxy?.fallback === 'none').length,
    fronts: frontsOf(balanced),
    broken: () => brokenLinks(cluster, net.to, clean),
    registered: (service) => registeredIn(cluster, service, net),
    servicesOf: (app) => servicesIn(cluster, app, net),
    agents: () =>
      mesos.agents().then(
        ({ agents }) => takingTasks(agents),
        () => undefined, // if Mesos does not answer, the deployment goes on without it
      ),
    gates: gatesOf(cluster, mesos, net.connection),
    async lastWords({ id, host }) {
      try {
        const by = known(host) ?? marathons[0]
        if (by === undefined) return []
        const address = known(host)?.privateAddress ?? host
        return (await taskWords(() => net.dial(by, address, PORTS.mesosAgent), id)).map(clean)
      } catch {
        return [] // a hint only, so errors are ignored
      }
    },
    name: (hostname) => known(hostname)?.name ?? hostname,
    sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
    now: () => performance.now(),
    close: net.close,
  }
}
